// What the live page reads of the API's answers and of the socket's events, and no more than that.

export interface Score {
  type: "score";
  score: number;
  parts?: Record<string, number>;
}

export interface Cue {
  id: string;
  state: string;
  kind: string;
  kiosk_name?: string | null;
  zone?: string | null;
  payload?: { colour?: string; pattern?: string };
  latency_ms?: number | null;
}

export interface Job {
  id: string;
  kind: string;
  state: string;
  accelerator: string;
  progress: number;
}

/** An event of the socket. Kinds that the page does not show arrive too, and are passed over. */
export type LiveEvent =
  | { type: "hello" }
  | Score
  | ({ type: "cue" } & Cue)
  | ({ type: "job" } & Job);

export interface Usage {
  mau: number;
}

export interface Bill {
  billable: boolean;
  currency: string;
  minor_digits: number;
  total_minor: number;
  projected_total_minor: number;
}

export interface Limit {
  name: string;
  enforced: boolean;
  used: number | null;
  remaining: number;
}

export interface Limits {
  livemode: boolean;
  tier: string;
  tier_version: number;
  limits: Limit[];
}
