using System.CommandLine;
using System.Runtime.InteropServices;
using SspNative.Engine.Distributed;

namespace SspNative.Cli;

/// <summary>
/// Ctrl-C (SIGINT) and SIGTERM. The first asks the running verb to stop: it ends between two steps, cleans up as after any failure, and the exit
/// code is <see cref="SspCommandLine.Interrupted"/>. The second ends the program at once.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interrupt() => _signals =
        [PosixSignalRegistration.Create(PosixSignal.SIGINT, Hear), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hear)];

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
        Environment.Exit(SspCommandLine.Interrupted);
    }
}

/// <summary>What a verb is run with: where it writes, when it is to stop, and who runs it together.</summary>
internal sealed class Invocation : InvocationConfiguration
{
    /// <summary>Cancelled when the verb is to stop.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The processes that run it together.</summary>
    public ICollective Ranks { get; init; } = SingleProcess.Instance;
}

/// <summary>What verbs ask of their invocation.</summary>
internal static class InvocationExtensions
{
    /// <summary>Cancelled when the verb is to stop; long work looks between its steps.</summary>
    public static CancellationToken Stop(this ParseResult parsed) => parsed.InvocationConfiguration is Invocation run ? run.Stop : CancellationToken.None;

    /// <summary>The processes that run the verb together, this one alone as a rule.</summary>
    public static ICollective Ranks(this ParseResult parsed) =>
        parsed.InvocationConfiguration is Invocation run ? run.Ranks : SingleProcess.Instance;
}
