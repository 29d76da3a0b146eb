import { RotateCcw, Send, Trash2 } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useFormat, useMessages } from "@/i18n";
import { CHAT_MAX_CHARS } from "@/rtc";
import { commonMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { useCall, useTools } from "../CallContext";
import { messages } from "../messages";
import { linkify } from "../model/linkify";
import styles from "./ChatPanel.module.css";
import { Panel } from "./Panel";

/** Closer to the end than this counts as reading along. */
const AT_END_PX = 80;

export function ChatPanel() {
  const t = useMessages(messages);
  return (
    <Panel title={t("chat.title")}>
      <Log />
      <Compose />
    </Panel>
  );
}

function Log() {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  const { call } = useTools();
  const you = useCall((state) => state.you);
  const chat = useCall((state) => state.chat);
  const pending = useCall((state) => state.pendingChat);
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);

  useEffect(() => {
    const element = box.current;
    if (element && following.current) element.scrollTop = element.scrollHeight;
  }, [chat.length, pending.length]);

  return (
    <div
      ref={box}
      className={styles.log}
      // A scrolling region must be reachable by keyboard (axe: scrollable-region-focusable).
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={t("chat.title")}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        following.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
      }}
    >
      {chat.length + pending.length === 0 ? (
        <p className={styles.empty}>{t("chat.empty")}</p>
      ) : (
        <ol role="list" className={styles.messages}>
          {chat.map((message) => (
            <li
              key={message.id}
              className={cx(styles.message, message.from === you && styles.mine)}
            >
              <p className={styles.from}>
                <strong>{message.from === you ? t("tile.you") : message.from_name}</strong>{" "}
                <time dateTime={message.at}>{format.time(message.at)}</time>
              </p>
              <p className={styles.text}>
                {linkify(message.text).map((part, index) =>
                  part.href ? (
                    <a key={index} href={part.href} target="_blank" rel="noreferrer noopener">
                      {part.text}
                    </a>
                  ) : (
                    part.text
                  ),
                )}
              </p>
            </li>
          ))}
          {pending.map((message) => (
            <li key={message.clientId} className={cx(styles.message, styles.mine)}>
              <p className={styles.from}>
                <strong>{t("tile.you")}</strong>{" "}
                <span className={message.refused ? styles.refused : undefined}>
                  {t(message.refused ? "chat.refused" : "chat.sending")}
                </span>
              </p>
              <p className={styles.text}>{message.text}</p>
              {message.refused ? (
                <div className={styles.again}>
                  <Button
                    variant="secondary"
                    size="s"
                    icon={RotateCcw}
                    onClick={() => call.retryChat(message.clientId)}
                  >
                    {common("actions.retry")}
                  </Button>
                  <Button
                    variant="quiet"
                    size="s"
                    icon={Trash2}
                    onClick={() => call.discardChat(message.clientId)}
                  >
                    {t("chat.discard")}
                  </Button>
                </div>
              ) : null}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

function Compose() {
  const t = useMessages(messages);
  const { call } = useTools();
  const [text, setText] = useState("");
  const over = [...text.trim()].length - CHAT_MAX_CHARS;

  function send() {
    if (text.trim() === "" || over > 0) return;
    call.sendChat(text);
    setText("");
  }

  function pressed(event: KeyboardEvent) {
    // Enter also ends a word in input methods: then it isn't ours.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className={styles.compose}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        send();
      }}
    >
      <label htmlFor="chat-text" className={styles.label}>
        {t("chat.input")}
      </label>
      <div className={styles.row}>
        <textarea
          id="chat-text"
          className={styles.input}
          rows={2}
          value={text}
          aria-describedby="chat-hint"
          aria-invalid={over > 0 || undefined}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={pressed}
        />
        <Button type="submit" icon={Send} iconOnly>
          {t("chat.send")}
        </Button>
      </div>
      <p id="chat-hint" className={cx(styles.hint, over > 0 && styles.refused)} role="status">
        {over > 0 ? t("chat.over", { count: over }) : t("chat.hint")}
      </p>
    </form>
  );
}
