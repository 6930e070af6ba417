import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { Allow } from '../platform/authentication/policy.js';
import { Problem } from '../platform/problem/problem.js';
import { ContactBook } from './contacts.service.js';
import { ContactDto } from './contacts.dto.js';

/** The school's systems say who a payer is and where mail goes; payments know neither. */
@Controller('v1/payers/:payerId/contact')
@Allow('finance', 'service')
export class ContactsController {
  constructor(private readonly contacts: ContactBook) {}

  @Get()
  async read(@Param('payerId') payerId: string): Promise<ContactDto> {
    const contact = await this.contacts.of(payerId);
    if (!contact) throw new Problem('not_found', 'Nobody has said how this payer is reached.');
    return contact;
  }

  @Put()
  async keep(@Param('payerId') payerId: string, @Body() { name, email }: ContactDto): Promise<ContactDto> {
    if (payerId.length > PAYER_ID_LENGTH_MAX)
      throw new Problem('validation_failed', `A payer's id has at most ${PAYER_ID_LENGTH_MAX} characters.`);
    await this.contacts.keep(payerId, { name, email });
    return { name, email };
  }
}

/** As long as an invoice's payer may be. */
const PAYER_ID_LENGTH_MAX = 100;
