const CHOSEN = 'tokenkeep.chosen-method';

/** The card that was just saved is the one to pay with next. */
export function chooseMethod(methodId: string): void {
  sessionStorage.setItem(CHOSEN, methodId);
}

export function chosenMethod(): string | null {
  return sessionStorage.getItem(CHOSEN);
}

export function forgetChosen(): void {
  sessionStorage.removeItem(CHOSEN);
}
