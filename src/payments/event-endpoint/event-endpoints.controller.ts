import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { FreshSignIn } from '../../platform/authentication/step-up.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { pageOf, PageQuery } from '../../platform/http/page.js';
import { RecordsAccess } from '../event/access-log.js';
import { PaymentsError } from '../payments.contract.js';
import { endpointView } from './event-endpoint.entity.js';
import {
  CreateEventEndpointDto,
  EventDeliveriesQuery,
  EventDeliveryPageDto,
  EventEndpointDto,
  EventEndpointPageDto,
  EventEndpointWithSecretDto,
  ResendEventsDto,
  ResentDto,
  RotateSecretDto,
} from './event-endpoints.dto.js';
import { EventEndpoints } from './event-endpoints.service.js';
import { EventLog } from './event-log.service.js';

/** Who is told of events over HTTP: docs/guides/subscribe-to-events.md. */
@Controller('v1/event-endpoints')
@Allow('ops')
@RecordsAccess('event_endpoint')
export class EventEndpointsController {
  constructor(
    private readonly endpoints: EventEndpoints,
    private readonly log: EventLog,
  ) {}

  /** Whoever listens there hears of everything that happens from now on. The secret is shown this once. */
  @Post()
  @FreshSignIn()
  create(
    @Body() wanted: CreateEventEndpointDto,
    @CurrentCaller() caller: Caller,
  ): Promise<EventEndpointWithSecretDto> {
    return this.endpoints.create(wanted, caller.id);
  }

  @Get()
  list(@Query() query: PageQuery): Promise<EventEndpointPageDto> {
    return pageOf(query, (page) => this.endpoints.list(page), endpointView);
  }

  @Get(':id')
  async read(@Param('id', IdParameter) id: string): Promise<EventEndpointDto> {
    return endpointView(await this.endpoints.find(id));
  }

  /** Gives a new secret, and shows it this once; for some hours the old one signs beside it. */
  @Post(':id/secret-rotations')
  @FreshSignIn()
  rotate(
    @Param('id', IdParameter) id: string,
    @Body() { overlapHours }: RotateSecretDto,
    @CurrentCaller() caller: Caller,
  ): Promise<EventEndpointWithSecretDto> {
    return this.endpoints.rotate(id, overlapHours, caller.id);
  }

  /** Nothing is sent there any more. */
  @Post(':id/disablements')
  async disable(
    @Param('id', IdParameter) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<EventEndpointDto> {
    return endpointView(await this.endpoints.disable(id, caller.id));
  }

  /** It hears of everything from now on; send again what it missed. */
  @Post(':id/enablements')
  async enable(
    @Param('id', IdParameter) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<EventEndpointDto> {
    return endpointView(await this.endpoints.enable(id, caller.id));
  }

  /** What became of each event, with every try, the newest event first. */
  @Get(':id/deliveries')
  @RecordsAccess('event_delivery', 'event_endpoint')
  deliveries(
    @Param('id', IdParameter) id: string,
    @Query() query: EventDeliveriesQuery,
  ): Promise<EventDeliveryPageDto> {
    const { status } = query;
    return pageOf(
      query,
      (page) => this.log.deliveries(id, { ...page, status }),
      (delivery) => delivery,
    );
  }

  /** Sends events again: some, or those of a time. */
  @Post(':id/resends')
  async resend(
    @Param('id', IdParameter) id: string,
    @Body() { eventIds, since, until, isFailed }: ResendEventsDto,
  ): Promise<ResentDto> {
    if (!eventIds && !since && !isFailed)
      throw new PaymentsError('validation_failed', 'Say which: eventIds, since, or isFailed.');
    const count = await this.log.resend(id, {
      eventIds,
      since: since ? new Date(since) : undefined,
      until: until ? new Date(until) : undefined,
      isFailed,
    });
    return { count };
  }
}
