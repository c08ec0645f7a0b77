import { mediaShape } from './media-shape.ts';
import { reviewsShape } from './reviews-shape.ts';
import type { Shape } from './shape.ts';

export const shapes: readonly Shape[] = [reviewsShape, mediaShape];
