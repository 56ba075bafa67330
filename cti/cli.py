"""The `parley` command: start the daemon, look after its data, check the installation.

Results go to standard output, progress and complaints to standard error. Every heavy import sits
inside its verb, so that `--help` and shell completion answer at once.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cti import cli_data, cli_phones, cli_telephony, settings
from cti.settings import AriMode, Settings
from cti.terminal import EXIT_CODES, ExitCode, err, out

app = typer.Typer(
    name="parley", no_args_is_help=True, rich_markup_mode="rich", epilog=EXIT_CODES,
    pretty_exceptions_enable=False, help="Contact centre: telephony, agents' desktop, customers.",
)  # fmt: skip
app.add_typer(cli_data.db, name="db")
app.add_typer(cli_data.user, name="user")
app.add_typer(cli_phones.phone, name="phone")
app.add_typer(cli_data.demo, name="demo")
app.add_typer(cli_telephony.telephony, name="telephony")
app.add_typer(cli_telephony.ivr, name="ivr")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file (TOML); else PARLEY_CONFIG.")
]
DataOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Where data lives.", file_okay=False)
]
SiteOption = Annotated[Path | None, typer.Option("--site", help="Site description (TOML).")]


@app.callback()
def common(
    context: typer.Context, config: ConfigOption = None, data_dir: DataOption = None
) -> None:
    """Remember what all verbs share."""
    context.obj = {"config": config, "data_dir": data_dir}


@app.command(epilog=EXIT_CODES)
def up(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="Demo site, users and customers.")] = False,
    i_know: Annotated[
        bool, typer.Option("--i-know", help="Well-known demo passwords on a public address too.")
    ] = False,
    site: SiteOption = None,
    host: Annotated[str | None, typer.Option(help="Address for the desktop.")] = None,
    port: Annotated[int | None, typer.Option(help="Port for the desktop; 0: any free.")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Serve HTTPS, self-made if need be.")] = False,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    tls_name: Annotated[
        list[str] | None, typer.Option(help="Another host name or address for a self-made one.")
    ] = None,
    ari: Annotated[AriMode | None, typer.Option(help="Who opens the ARI websocket.")] = None,
    data_dir: DataOption = None,
    prepare_only: Annotated[
        bool, typer.Option("--prepare-only", help="Fetch and fill everything, then stop.")
    ] = False,
) -> None:
    """Start Parley in the foreground; Ctrl-C lets calls end, a second one drops them."""
    given = {
        "demo": demo or None,
        "demo_i_know": i_know or None,
        "site": site,
        "desktop.host": host,
        "desktop.port": port,
        "tls.enabled": tls or bool(tls_cert) or None,
        "tls.certificate": tls_cert,
        "tls.key": tls_key,
        "tls.names": tuple(tls_name) if tls_name else None,
        "asterisk.ari": ari,
        "data_dir": data_dir,
    }
    chosen = read_settings(context, **given)

    from cti import logs, preparing
    from cti.alone import alone

    logs.configure(chosen.logs)
    with alone(chosen.data_dir):
        preparing.prepare(chosen, err)
        raise typer.Exit(ExitCode.DONE if prepare_only else _keep_up(chosen))


def _keep_up(chosen: Settings) -> int:
    """Serve until told to stop; give the exit code."""
    import uvloop

    from cti import app as daemon
    from cti import demo_passwords, preparing
    from cti.announcing import Ready, announce_on, with_passwords
    from cti.failures import explain
    from cti.keeper import keep
    from cti.tuning import settle_memory

    def serve(tell_ready: Callable[[], None], again: bool) -> int:
        def announce(ready: Ready) -> None:
            tell_ready()
            if again:
                out.print("Parley is back.")
            else:
                announce_on(out)(with_passwords(ready, made))
                demo_passwords.were_shown(chosen, made)

        try:
            return uvloop.run(daemon.run(chosen, announce=announce))
        except BaseException as error:
            code = explain(error)
            if code is None:
                raise
            return code

    made = preparing.demo_passwords(chosen)
    settle_memory()  # of what every daemon is forked with, none has to look for garbage again
    return keep(serve)


@app.command(epilog=EXIT_CODES)
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs to read.")] = False,
    site: SiteOption = None,
    data_dir: DataOption = None,
) -> None:
    """Check every part and say how to mend what fails; exit code 1 if any does."""
    from cti import doctor as checks

    chosen = read_settings(context, site=site, data_dir=data_dir)
    findings = checks.examine(chosen)
    if as_json:
        out.print_json(checks.as_json(findings))
    else:
        out.print(checks.as_table(findings))
    raise typer.Exit(ExitCode.FAILED if checks.any_failed(findings) else ExitCode.DONE)


@app.command("settings", epilog=EXIT_CODES)
def show_settings() -> None:
    """List every setting: its key, its environment variable, its default and its meaning."""
    table = Table("Key, variable", "Default", "Meaning", header_style="bold", show_lines=True)
    table.columns[0].no_wrap = True  # names are there to be copied
    table.columns[1].overflow = "fold"
    for key, default, meaning in settings.describe():
        variable = settings.PREFIX + key.upper().replace(".", "_")
        table.add_row(f"{key}\n[dim]{variable}[/dim]", escape(default), escape(meaning))
    out.print(table)


def read_settings(context: typer.Context, **given: Any) -> Settings:
    """Read the settings with the options of this command line on top."""
    common_options = dict(context.find_root().obj or {})
    config = common_options.pop("config", None)
    merged = common_options | {key: value for key, value in given.items() if value is not None}
    return settings.load(config=config, overrides=merged)


def main(words: list[str] | None = None) -> int:
    """Run the command line; every known failure becomes a message and an exit code."""
    from cti.failures import explain

    try:
        result = app(words, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        result = ExitCode.INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - explained, or raised again
        return _ended(error, explain(error))
    if result == ExitCode.INTERRUPTED:  # typer makes this of Ctrl-C
        err.print("Interrupted; the same command goes on from here.")
    return int(result or 0)


def _ended(error: BaseException, code: ExitCode | None) -> int:
    """Say what ends the program, or let a fault of the program show its traceback."""
    if code is not None:
        return code
    show = getattr(error, "show", None)
    if show is not None:  # typer's own: wrong usage
        show()
        return int(getattr(error, "exit_code", ExitCode.USAGE))
    if isinstance(error, SystemExit | typer.Exit | typer.Abort):
        found = getattr(error, "exit_code", getattr(error, "code", ExitCode.INTERRUPTED))
        return found if isinstance(found, int) else ExitCode.FAILED
    raise error


if __name__ == "__main__":
    sys.exit(main())
