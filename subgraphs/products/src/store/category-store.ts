import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { type Category, type CategoryDraft, draftCategory, MOST_CATEGORIES } from '../domain/category.ts';
import { rejectIfAny } from '../domain/reject.ts';
import { isSlug, otherSlugOf, slugOf } from '../domain/slug.ts';
import { isStorable } from '../domain/text.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { categoryAnnouncement } from './announcements.ts';
import type { Reads } from './reads.ts';
import { onConflict } from './unique.ts';
import type { Write } from './writes.ts';

type CategoryRow = { id: string; slug: string; name: string; parentId: string | null };

export function createCategoryReader(prisma: PrismaClient, reads: Reads) {
  return {
    /** On every product page, so in SQL: with Prisma, whose statements are planned anew each time, it costs twice the CPU. */
    byId: async (ids: readonly string[]): Promise<Category[]> => {
      const text = 'SELECT id, slug, name, parent_id AS "parentId" FROM category WHERE id = ANY($1::uuid[])';
      const rows = await reads.query<CategoryRow>('categories-by-id', text, [ids.map((id) => requireUuid('cat', id))]);
      return rows.map(toCategory);
    },
    bySlug: async (slugs: readonly string[]): Promise<Category[]> =>
      (await prisma.category.findMany({ where: { slug: { in: slugs.filter(isStorable) } } })).map(toCategory),
    all: async (): Promise<Category[]> =>
      (await prisma.category.findMany({ orderBy: [{ name: 'asc' }, { id: 'asc' }], take: MOST_CATEGORIES })).map(
        toCategory,
      ),
  };
}

/** Adds categories. */
export function createCategoryStore(write: Write) {
  return {
    create: (input: CategoryDraft, now: Date): Promise<string> =>
      onConflict({ category_slug_key: slugTaken(input.slug ?? slugOf(input.name)) }, () =>
        write(async (tx) => {
          const draft = draftCategory(input);
          // Two at once could both see the last free place; categories are added rarely, so they wait for each other.
          await tx.query('LOCK TABLE category IN SHARE ROW EXCLUSIVE MODE');
          const parent = draft.parentId === undefined ? null : requireUuid('cat', draft.parentId);
          const uuid = newUuid(now);
          const id = typeId('cat', uuid);
          const slug = draft.slug ?? slugOf(draft.name);
          const { rows } = await tx.query<{ count: number; has_slug: boolean; has_parent: boolean }>(
            `SELECT count(*)::int AS count, coalesce(bool_or(slug = $1), false) AS has_slug,
              coalesce(bool_or(id = $2), false) AS has_parent FROM category`,
            [slug, parent],
          );
          const {
            count,
            has_slug: isTaken,
            has_parent: hasParent,
          } = rows[0] ?? { count: 0, has_slug: false, has_parent: false };
          if (count >= MOST_CATEGORIES) throw new Rejection('TOO_MANY_CATEGORIES', `the shop has ${count} categories`);
          rejectIfAny([
            ...(isTaken && draft.slug !== undefined ? [slugTaken(slug)] : []),
            ...(parent !== null && !hasParent ? [unknownParent(draft.parentId)] : []),
          ]);

          const free = isTaken || !isSlug(slug) ? otherSlugOf(draft.name, id) : slug;
          await tx.query('INSERT INTO category (id, slug, name, parent_id, created_at) VALUES ($1, $2, $3, $4, $5)', [
            uuid,
            free,
            draft.name,
            parent,
            now,
          ]);
          return { result: id, events: [categoryAnnouncement(id)] };
        }),
      ),
  };
}

const slugTaken = (slug: string): Problem => ({
  code: 'SLUG_TAKEN',
  message: `another category has the slug ${slug}`,
  path: ['input', 'slug'],
});

const unknownParent = (parentId: string | undefined): Problem => ({
  code: 'UNKNOWN_CATEGORY',
  message: `there is no category ${parentId}`,
  path: ['input', 'parentId'],
});

const toCategory = (row: CategoryRow): Category => ({
  id: typeId('cat', row.id),
  slug: row.slug,
  name: row.name,
  parentId: row.parentId === null ? undefined : typeId('cat', row.parentId),
});
