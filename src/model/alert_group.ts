/**
 * Groups of alerts on their way through routes, as they are stored: what belongs together, when it is flushed
 * next, and what each channel was told last. Plain data; its meaning is in src/notify.
 */
import type { Labels } from "./matcher.ts";

export interface Member {
  /** Two reports of one identity are one alert. */
  identity: string;
  alert_id: string;
  revision: number;
  rule_id: string;
  labels: Labels;
  /** ms since the epoch, as all times here. */
  starts_at: number;
  /** null: it fires until it is reported as resolved. */
  ends_at: number | null;
  /** `ends_at` is a time-out, not what the rule said. */
  timeout: boolean;
  once: boolean;
  updated_at: number;
}

export type MemberStatus = "firing" | "resolved";

/** What a channel was told of a group last, by the identities of alerts. */
export interface LastNotification {
  firing: readonly string[];
  resolved: readonly string[];
  /** ms since the epoch, of the flush */
  at: number;
}

export interface GroupState {
  /** The routing node and the labels that are shared: the group's identity. */
  group_key: string;
  /** Tells groups of one key apart that follow each other: made of what opened it. */
  generation: string;
  route_id: string;
  receiver: string;
  labels: Record<string, string>;
  /** By identity. */
  members: Record<string, Member>;
  opened_at: number;
  next_flush_at: number;
  /** Flushes so far: with the key and the generation, the name of the next one. */
  flushes: number;
  /** What each channel was told last. */
  told: Record<string, LastNotification>;
}

/** What a commit leaves for the router beside an alert. */
export interface RoutedAlert {
  member: Member;
  /** Whether routes take it; else it only counts as the source of inhibitions. */
  routed: boolean;
}
