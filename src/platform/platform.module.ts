import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AuthenticationGuard } from './authentication/authentication.guard.js';
import { DevelopmentKey } from './authentication/development-key.js';
import { RoutePolicies } from './authentication/route-policies.js';
import { TokenVerifier } from './authentication/token-verifier.js';
import { BusinessClock } from './clock/business-clock.js';
import { ClockController } from './clock/clock.controller.js';
import { HealthController } from './health/health.controller.js';
import { HealthChecks } from './health/health.js';
import { loggingModule } from './logging/logging.module.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';
import { PlatformConfig } from './platform.config.js';
import { ProblemCodes } from './problem/problem-codes.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { RateLimits } from './rate-limits/rate-limits.js';
import { Retention } from './retention/retention.js';

/** What every module may rely on: who is calling, how errors are answered, health, metrics, logs. */
@Global()
@Module({})
export class PlatformModule {
  static configure(config: PlatformConfig): DynamicModule {
    return {
      module: PlatformModule,
      imports: [loggingModule()],
      controllers: [HealthController, MetricsController, ClockController],
      providers: [
        { provide: PlatformConfig, useValue: config },
        { provide: APP_GUARD, useClass: AuthenticationGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
        BusinessClock,
        DevelopmentKey,
        TokenVerifier,
        RoutePolicies,
        HealthChecks,
        Metrics,
        ProblemCodes,
        RateLimits,
        Retention,
      ],
      exports: [
        PlatformConfig,
        BusinessClock,
        DevelopmentKey,
        HealthChecks,
        Metrics,
        ProblemCodes,
        RateLimits,
        Retention,
        TokenVerifier,
      ],
    };
  }
}
