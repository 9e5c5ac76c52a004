using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>Another implementation that cases are measured with, in turns with the engine.</summary>
public interface IPeer : IDisposable
{
    /// <summary>Its name, version and threads, for tables.</summary>
    string Description { get; }

    /// <summary>Its threads; null where it has none of the processor's.</summary>
    int? Threads { get; }

    /// <summary>Makes the peer ready for a case. Returns why it cannot do it, or null when it is ready.</summary>
    string? Prepare(BenchCase work);

    /// <summary>Seconds of each of so many executions of the prepared case.</summary>
    double[] Run(int count);

    /// <summary>The most memory that its process held since the case was prepared.</summary>
    long PeakBytes();

    /// <summary>The processor time that its process has taken so far, in seconds; 0 if it has no process of its own.</summary>
    double ProcessorSeconds();

    /// <summary>What the prepared case computes; nothing where the peer has other weights or inputs than the engine.</summary>
    IReadOnlyList<CaseOutput> Outputs();

    /// <summary>Frees the prepared case.</summary>
    void Drop();
}
