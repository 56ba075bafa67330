/** Ant Design dressed in our tokens; the same values are CSS variables in ``base.css``. */
import { type ThemeConfig, theme } from "antd";

export const FONT =
  'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", ' +
  '"Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", Vazirmatn, "Noto Sans Arabic", ' +
  '"Noto Naskh Arabic", Tahoma, sans-serif';

const LIGHT = {
  colorPrimary: "#4a57cf",
  colorLink: "#4a57cf",
  colorBgLayout: "#f5f6f8",
  colorBgContainer: "#ffffff",
  colorBgElevated: "#ffffff",
  colorBorder: "#d6dae1",
  colorBorderSecondary: "#e7e9ee",
  colorText: "#1b2028",
  colorTextSecondary: "#566071",
  colorTextTertiary: "#6f7988",
  colorTextPlaceholder: "#6f7988",
  colorSuccess: "#15803d",
  colorWarning: "#b45309",
  colorError: "#c93b2f",
};

const DARK: typeof LIGHT = {
  colorPrimary: "#7f8bff",
  colorLink: "#98a1ff",
  colorBgLayout: "#0e1014",
  colorBgContainer: "#16191f",
  colorBgElevated: "#1c2028",
  colorBorder: "#363d49",
  colorBorderSecondary: "#262b34",
  colorText: "#e7e9ee",
  colorTextSecondary: "#a5aebc",
  colorTextTertiary: "#8490a0",
  colorTextPlaceholder: "#8490a0",
  colorSuccess: "#4ade80",
  colorWarning: "#fbbf24",
  colorError: "#f87171",
};

/** The theme of one mode. */
export function themeOf(dark: boolean): ThemeConfig {
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    cssVar: { key: "parley" },
    hashed: false,
    token: {
      ...(dark ? DARK : LIGHT),
      fontFamily: FONT,
      fontSize: 13,
      borderRadius: 7,
      borderRadiusLG: 10,
      controlHeight: 32,
      controlHeightLG: 38,
      controlHeightSM: 26,
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.18s",
      colorBgMask: dark ? "rgb(0 0 0 / 55%)" : "rgb(20 24 32 / 28%)",
      wireframe: false,
    },
    components: {
      Button: {
        primaryShadow: "none",
        defaultShadow: "none",
        dangerShadow: "none",
        // White on these has a contrast of at least 4.5; on what Ant Design derives it has not.
        ...(dark
          ? { colorPrimary: "#5a67dc", colorPrimaryHover: "#525fd2", colorPrimaryActive: "#4d59c8" }
          : {
              colorPrimary: "#4a57cf",
              colorPrimaryHover: "#5a66d8",
              colorPrimaryActive: "#3b47b5",
            }),
      },
      Tooltip: { colorBgSpotlight: dark ? "#2b313c" : "#22272f" },
    },
  };
}
