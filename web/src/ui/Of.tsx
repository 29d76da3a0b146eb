interface Props {
  children: string;
  /** What it is about: said, not shown, for those who can't see what stands around it. */
  of: string;
}

/** The text of one button among many that look the same, e.g. "Call" of each person in a list. */
export function Of({ children, of }: Props) {
  return (
    <>
      <span aria-hidden>{children}</span>
      {/* It begins with what is seen (WCAG 2.1, 2.5.3). */}
      <span className="visually-hidden">{`${children}: ${of}`}</span>
    </>
  );
}
