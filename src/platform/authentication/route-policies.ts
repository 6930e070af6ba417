import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { ConfigurationError } from '../configuration/configuration.js';
import { POLICY } from './policy.js';

/** By which NestJS marks a method that answers a route. */
const PATH_METADATA = 'path';

type Handler = (...input: never[]) => unknown;

/** A route that does not say who may call it stops the start: nobody forgets one unnoticed. */
@Injectable()
export class RoutePolicies implements OnModuleInit {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly reflector: Reflector,
  ) {}

  /** @throws ConfigurationError that names each */
  onModuleInit(): void {
    const silent = this.routes().filter(({ controller, handler }) => !this.hasPolicy(controller, handler));
    if (silent.length > 0)
      throw new ConfigurationError(
        silent.map(({ controller, handler }) => ({
          variable: `${controller.name}.${handler.name}`,
          problem: 'does not say by @Allow or @Public who may call it',
          example: "@Allow('finance')",
        })),
      );
  }

  private hasPolicy(controller: Handler, handler: Handler): boolean {
    const policy = this.reflector.getAllAndOverride<unknown>(POLICY, [handler, controller as never]);
    return policy === 'public' || (Array.isArray(policy) && policy.length > 0);
  }

  private routes(): { controller: Handler; handler: Handler }[] {
    const controllers = [...this.modules.values()].flatMap((module) => [...module.controllers.values()]);
    return controllers.flatMap(({ metatype }) => {
      const prototype = (metatype as unknown as { prototype: Record<string, Handler> }).prototype;
      return Object.getOwnPropertyNames(prototype)
        .filter((name) => name !== 'constructor') // the class itself has a path, too
        .map((name) => prototype[name]!)
        .filter((handler) => Reflect.hasMetadata(PATH_METADATA, handler))
        .map((handler) => ({ controller: metatype as Handler, handler }));
    });
  }
}
