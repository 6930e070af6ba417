import type { Provider } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';

type ShutdownHook = 'onModuleDestroy' | 'beforeApplicationShutdown' | 'onApplicationShutdown';
type WithHooks = Partial<Record<ShutdownHook, () => unknown>>;

/**
 * Nest's container shows every instance to whoever injects it, or DiscoveryService, or a ModuleRef. It needs them to wire
 * classes and to bind routes, both of which end before the application serves; from then on payments' are not in it.
 * What is left is the contract's one token, and the module itself, which calls the others when the application stops.
 */
export class Seclusion {
  readonly #providers: Provider[];
  readonly #container: ModulesContainer;
  readonly #servesHttp: boolean;
  #hidden: WithHooks[] = [];

  /** `providers` is the list that the module was made of; a second module could be made of it. */
  static over(providers: Provider[]): Provider {
    return {
      provide: Seclusion,
      inject: [ModulesContainer, HttpAdapterHost],
      useFactory: (container: ModulesContainer, host: HttpAdapterHost) =>
        new Seclusion(providers, container, Boolean(host.httpAdapter)),
    };
  }

  private constructor(providers: Provider[], container: ModulesContainer, servesHttp: boolean) {
    this.#providers = providers;
    this.#container = container;
    this.#servesHttp = servesHttp;
  }

  /** Hides all of a module but itself and what it exports; not from the operator's commands, which ask for services. */
  hide(module: object): void {
    if (!this.#servesHttp) return;
    const own = [...this.#container.values()].find((it) => it.instance === module);
    if (!own) throw new Error('The container does not know the module that is to be hidden');

    for (const [token, wrapper] of [...own.providers, ...own.injectables]) {
      if (wrapper.instance === module || own.exports.has(token)) continue;
      if (wrapper.instance) this.#hidden.push(wrapper.instance);
      wrapper.mergeWith({ provide: token, useValue: undefined }); // forgets the class and the factory, too
    }
    for (const controller of own.controllers.values()) controller.instance = null!; // its class stays, to read routes from
    this.#providers.length = 0;
  }

  /** Nest calls the hooks of what it sees, so these have to be called for it. */
  async callHidden(hook: ShutdownHook): Promise<void> {
    await Promise.all(this.#hidden.map((instance) => instance[hook]?.()));
  }
}
