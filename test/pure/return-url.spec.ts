import { describe, expect, it } from '@jest/globals';
import { allowedReturnUrl } from '../../src/payments/return-url.js';

const ORIGINS = ['https://pay.example.edu', 'http://localhost:3000/'];

describe('the address that a payer is sent back to', () => {
  it.each([
    'https://pay.example.edu',
    'https://pay.example.edu/',
    'https://PAY.example.edu:443/invoices/17?tab=paid#top',
    'http://localhost:3000/back?next=https://elsewhere.example/',
  ])('may be %s', (address) => {
    expect(allowedReturnUrl(address, ORIGINS)).toBe(address);
  });

  it.each([
    '',
    'pay.example.edu',
    '//pay.example.edu/',
    '/back',
    'http://pay.example.edu/',
    'https://pay.example.edu:8443/',
    'https://pay.example.edu.evil.example/',
    'https://evil.example/https://pay.example.edu/',
    'https://evil.example#https://pay.example.edu/',
    'https://pay.example.edu@evil.example/',
    'https://evil.example@pay.example.edu/',
    'https://user:word@pay.example.edu/',
    'https://pay.example.edu\\@evil.example/',
    'https://pay.example.edu/\r\nLocation: https://evil.example/',
    ' https://pay.example.edu/',
    'https://pay.ex\tample.edu/',
    'https://pay.example.edu%2f@evil.example/',
    'https://pay.еxample.edu/',
    'javascript:alert(1)',
    'javascript://pay.example.edu/%0aalert(1)',
    'data:text/html,hello',
    'blob:https://pay.example.edu/17',
    'file:///etc/passwd',
  ])('may not be %j', (address) => {
    expect(() => allowedReturnUrl(address, ORIGINS)).toThrow(
      expect.objectContaining({ code: 'validation_failed', message: expect.not.stringContaining('evil') }),
    );
  });
});
