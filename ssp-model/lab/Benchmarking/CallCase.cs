using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>Calls of a recording that are the same but for the memory they work on.</summary>
/// <param name="Call">The first of them.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Seconds">What they took together when they were recorded.</param>
public sealed record CallCase(RecordedCall Call, int Count, double Seconds)
{
    /// <summary>How often, and what.</summary>
    public string Name => $"{Count}× {PeerForm.Of(Call)?.Name ?? CallLog.Describe(Call)}";

    /// <summary>The different calls of a recording, those first that took longest together.</summary>
    /// <exception cref="InputException">The file cannot be read, or holds no recording.</exception>
    public static IReadOnlyList<CallCase> Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such file");
        CallLog log;
        using (FileStream file = File.OpenRead(path))
            log = CallLog.Read(file, path);
        CallCase[] cases =
        [
            .. log.Calls.GroupBy(CallLog.Signature).Select(g => new CallCase(g.First(), g.Count(), g.Sum(c => c.Seconds)))
                .OrderByDescending(c => c.Seconds),
        ];
        return cases.Length > 0 ? cases : throw new InputException($"{path}: the recording holds no call");
    }
}

/// <summary>A recorded call, launched again.</summary>
internal sealed class CallRun(RecordedCall call, IDevice device) : BenchRun
{
    private readonly CallReplay _replay = new(call, device);

    public override void Begin()
    {
    }

    public override void Execute() => _replay.Launch();

    public override void End()
    {
    }

    public override void Dispose() => _replay.Dispose();
}
