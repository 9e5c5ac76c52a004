using SspNative.Lab.Workloads;

namespace SspNative.Peers;

/// <summary>A library that runs cases.</summary>
public interface IPeerLibrary
{
    string Name { get; }

    string Version { get; }

    int Threads { get; }

    /// <summary>Makes inputs and whatever else is not timed.</summary>
    /// <exception cref="UnsupportedCaseException">This library has no such case.</exception>
    IPeerCase Prepare(BenchCase work);
}

/// <summary>A prepared case.</summary>
public interface IPeerCase : IDisposable
{
    /// <summary>Runs once: the seconds of the part that counts.</summary>
    double Run();

    /// <summary>What it computes, if from the engine's own weights and inputs; else nothing.</summary>
    IReadOnlyList<CaseOutput> Outputs() => [];
}

/// <summary>The peer cannot do a case; the message says why.</summary>
public sealed class UnsupportedCaseException(string message) : Exception(message);
