import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { DEVELOPMENT_STUDENTS } from './accounts.contract.js';
import { ContactBook } from './contacts.service.js';
import { Person } from './person.entity.js';

/** Reserved for documentation: no mail ever arrives there. */
const DEVELOPMENT_MAIL_DOMAIN = 'students.example';

@Injectable()
export class People {
  constructor(
    @InjectRepository(Person) private readonly people: Repository<Person>,
    private readonly contacts: ContactBook,
  ) {}

  /** The person with this subject; somebody new becomes a payer of their own. */
  async findOrCreate(subject: string): Promise<Person> {
    const student = DEVELOPMENT_STUDENTS.find((it) => it.subject === subject);
    const person = student ?? { subject, name: subject, payerId: `payer-${uuidv7()}` };
    await this.people.query(
      `INSERT INTO app.person (subject, payer_id, name) VALUES ($1, $2, $3) ON CONFLICT (subject) DO NOTHING`,
      [person.subject, person.payerId, person.name],
    );
    const found = await this.people.findOneByOrFail({ subject });
    if (!(await this.contacts.of(found.payerId)))
      await this.contacts.keep(found.payerId, {
        name: found.name,
        email: `${subject}@${DEVELOPMENT_MAIL_DOMAIN}`,
      });
    return found;
  }
}
