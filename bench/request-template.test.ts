import { describe, expect, it } from 'vitest';
import { digitsOf, faultOf, RequestBytes, SLOT } from './request-template.ts';

const answer = { status: 200, body: { data: { id: `x-${SLOT}`, list: [1, 2] } } };
const message = (body: string, status = 200) => ({
  head: `HTTP/1.1 ${status} Whatever`,
  body: Buffer.from(body),
});

describe('a request', () => {
  it('has its number in every slot, and another one each time', () => {
    const request = new RequestBytes({
      path: `/things/${SLOT}`,
      headers: { 'x-token': 't' },
      body: `{"id":"é${SLOT}"}`,
      answer,
    });
    for (const number of [7, 12_345_678]) {
      request.fill(digitsOf(number));
      const digits = String(number).padStart(8, '0');
      expect(request.bytes.toString()).toBe(
        `POST /things/${digits} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json\r\nx-token: t\r\ncontent-length: 19\r\n\r\n{"id":"é${digits}"}`,
      );
    }
  });
});

describe('an answer', () => {
  it('is right with all that it must hold, and more', () => {
    expect(
      faultOf(message('{"data":{"id":"x-00000007","list":[1,2],"more":null}}'), answer, '00000007'),
    ).toBeNull();
  });

  it.each([
    [
      'of another request',
      message('{"data":{"id":"x-00000008","list":[1,2]}}'),
      'not the right answer',
    ],
    ['with another status', message('oops', 502), 'status 502 in place of 200: oops'],
    ['that lacks something', message('{"data":{"id":"x-00000007"}}'), 'not the right answer'],
    [
      'with an object for a list',
      message('{"data":{"id":"x-00000007","list":{"0":1,"1":2}}}'),
      'not the right answer',
    ],
    ['that is no JSON', message('<html>'), 'not the right answer'],
  ])('%s is wrong', (_name, wrong, fault) => {
    expect(faultOf(wrong, answer, '00000007')).toContain(fault);
  });
});
