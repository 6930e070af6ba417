import { type DynamicModule, Module } from '@nestjs/common';
import { PortalConfig } from './portal.config.js';
import { PortalController } from './portal.controller.js';

/** The payer's page, at `/`. It knows the REST API only. */
@Module({})
export class PortalModule {
  static configure(config: PortalConfig): DynamicModule {
    return {
      module: PortalModule,
      controllers: [PortalController],
      providers: [{ provide: PortalConfig, useValue: config }],
    };
  }
}
