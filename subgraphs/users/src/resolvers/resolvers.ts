import { scalars } from '@entrepot/service/scalars';
import { Address } from './address.ts';
import { Mutation } from './mutation.ts';
import { Query } from './query.ts';
import { User } from './user.ts';

const { DateTime, CountryCode } = scalars;

export const resolvers = { DateTime, CountryCode, Query, Mutation, User, Address };
