import type { Reaction } from "@/rtc";

export const REACTIONS: readonly { reaction: Reaction; sign: string }[] = [
  { reaction: "thumbs_up", sign: "👍" },
  { reaction: "applause", sign: "👏" },
  { reaction: "heart", sign: "❤️" },
  { reaction: "laugh", sign: "😄" },
  { reaction: "surprise", sign: "😮" },
  { reaction: "question", sign: "❓" },
];

export function signOf(reaction: Reaction): string {
  return REACTIONS.find((one) => one.reaction === reaction)?.sign ?? "";
}
