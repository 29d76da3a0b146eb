import { useStore } from "zustand";
import { commonMessages, useMessages } from "@/i18n";
import type { DeviceProblem, LocalMedia } from "@/rtc";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { messages } from "../messages";

/** What is wrong with the devices and what to do, in plain words. Nothing while all is well. */
export function DeviceProblems({ local }: { local: LocalMedia }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const camera = useStore(local.store, (state) => state.camera);
  const microphone = useStore(local.store, (state) => state.microphone);
  const found: { kind: "camera" | "microphone"; problem: DeviceProblem; again: () => void }[] = [];
  if (camera.problem) {
    found.push({
      kind: "camera",
      problem: camera.problem,
      again: () => void local.setCamera(true),
    });
  }
  if (microphone.problem) {
    const again = () => void local.setMicrophone(true);
    found.push({ kind: "microphone", problem: microphone.problem, again });
  }
  return (
    <>
      {found.map(({ kind, problem, again }) => (
        <Notice
          key={kind}
          tone="warn"
          live="polite"
          actions={
            <Button variant="secondary" size="s" onClick={again}>
              {common("actions.retry")}
            </Button>
          }
        >
          {t(`problems.${kind}`, { problem: t(`device_problem.${problem}`) })}
        </Notice>
      ))}
    </>
  );
}
