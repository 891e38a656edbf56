import { describe, expect, it } from 'vitest';
import { digitsOf, problemOf, RequestBytes, SLOT } from './request-template.ts';

const response = { status: 200, body: { data: { id: `x-${SLOT}`, list: [1, 2] } } };
const message = (body: string, status = 200) => ({
  head: `HTTP/1.1 ${status} Whatever`,
  body: Buffer.from(body),
});

describe('a request', () => {
  it('has its number in every slot, and a different one each time', () => {
    const request = new RequestBytes({
      path: `/things/${SLOT}`,
      headers: { 'x-token': 't' },
      body: `{"id":"é${SLOT}"}`,
      response,
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

describe('a response', () => {
  it('is correct with everything it must contain, and more', () => {
    expect(
      problemOf(
        message('{"data":{"id":"x-00000007","list":[1,2],"more":null}}'),
        response,
        '00000007',
      ),
    ).toBeNull();
  });

  it.each([
    [
      'of another request',
      message('{"data":{"id":"x-00000008","list":[1,2]}}'),
      'not the correct response',
    ],
    ['with another status', message('oops', 502), 'status 502 instead of 200: oops'],
    ['that lacks something', message('{"data":{"id":"x-00000007"}}'), 'not the correct response'],
    [
      'with an object for a list',
      message('{"data":{"id":"x-00000007","list":{"0":1,"1":2}}}'),
      'not the correct response',
    ],
    ['that is not JSON', message('<html>'), 'not the correct response'],
  ])('%s is wrong', (_name, wrong, problem) => {
    expect(problemOf(wrong, response, '00000007')).toContain(problem);
  });
});
