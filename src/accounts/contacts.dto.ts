import { IsEmail, IsString, Length, Matches } from 'class-validator';

export class ContactDto {
  @IsString()
  @Length(1, 200)
  @Matches(/^[^\r\n]*$/, { message: 'name must be one line' })
  name: string;

  @IsEmail()
  email: string;
}
