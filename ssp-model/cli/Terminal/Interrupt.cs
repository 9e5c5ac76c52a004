using System.Runtime.InteropServices;

namespace SspNative.Cli.Terminal;

/// <summary>
/// Ctrl-C (SIGINT), SIGTERM and the end of the terminal (SIGHUP). The first asks the running verb to stop: it ends between two steps, cleans up as
/// after any failure, and the exit code is <see cref="ExitCodes.Interrupted"/>. The second ends the program at once.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interrupt() => _signals =
        [.. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP]).Select(s => PosixSignalRegistration.Create(s, Hear))];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
        _stop.Dispose();
    }

    private void Hear(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (!_stop.IsCancellationRequested)
        {
            _stop.Cancel();
            return;
        }
        Output.ShowCursor(Console.Error);
        Environment.Exit(ExitCodes.Interrupted);
    }
}
