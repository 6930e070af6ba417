import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { DEVELOPMENT_STUDENTS } from './accounts.contract.js';
import { Person } from './person.entity.js';

@Injectable()
export class People {
  constructor(@InjectRepository(Person) private readonly people: Repository<Person>) {}

  /** The person with this subject; somebody new becomes a payer of their own. */
  async findOrCreate(subject: string): Promise<Person> {
    const student = DEVELOPMENT_STUDENTS.find((it) => it.subject === subject);
    const person = student ?? { subject, name: subject, payerId: `payer-${uuidv7()}` };
    await this.people.query(
      `INSERT INTO app.person (subject, payer_id, name) VALUES ($1, $2, $3) ON CONFLICT (subject) DO NOTHING`,
      [person.subject, person.payerId, person.name],
    );
    return this.people.findOneByOrFail({ subject });
  }
}
