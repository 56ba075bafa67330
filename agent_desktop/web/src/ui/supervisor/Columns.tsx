/** The widths of a table's columns: live values come and go, the columns stay where they are. */

interface ColumnsProps {
  /** One for each column; the one without a width takes what is left. */
  readonly widths: readonly (string | undefined)[];
}

export function Columns({ widths }: ColumnsProps) {
  return (
    <colgroup>
      {widths.map((width, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: columns keep their places
        <col key={index} style={width === undefined ? undefined : { width }} />
      ))}
    </colgroup>
  );
}
