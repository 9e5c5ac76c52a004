using System.Diagnostics;
using SspNative.Engine;

namespace SspNative.Tests.Fuzzing;

/// <summary>A reader of outside bytes, as fuzzers and the ordinary tests call it.</summary>
/// <param name="Name">Names its seeds and crashers, and is what <c>tests/fuzz/run.sh</c> takes.</param>
/// <param name="Read">Reads an input; one that cannot be used is an <see cref="InputException"/> or <see cref="InvalidDataException"/>.</param>
internal sealed record FuzzTarget(string Name, Action<byte[]> Read)
{
    private const int MostMessage = 1000;
    private const long MostBytes = 64 << 20;
    private static readonly TimeSpan _mostTime = TimeSpan.FromSeconds(2);

    /// <summary>Bytes that an input may make the reader allocate besides 64 MB, by the limits in <c>docs/limits.md</c>.</summary>
    public long Stated { get; init; }

    /// <summary>Reads an input and judges what came of it.</summary>
    /// <returns>The error by which the input was refused; null where it was read.</returns>
    /// <exception cref="FuzzFinding">
    /// It took more than 2 s of the processor or too much memory, or ended in an exception that is not one of ours or tells too much.
    /// </exception>
    public Exception? Judge(byte[] input)
    {
        TimeSpan start = Environment.CpuUsage.TotalTime;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Exception? refusal = null;
        try
        {
            Read(input);
        }
        catch (Exception e) when (e is InputException or InvalidDataException)
        {
            refusal = e;
        }
        catch (Exception e)
        {
            throw new FuzzFinding($"{Name}: {e.GetType().Name} is not one of ours: {e.Message}", e);
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        TimeSpan time = Environment.CpuUsage.TotalTime - start;
        if (time > _mostTime && !Debugger.IsAttached)
            throw new FuzzFinding($"{Name}: took {time.TotalSeconds:0.0} s", refusal);
        if (allocated > MostBytes + Stated)
            throw new FuzzFinding($"{Name}: allocated {allocated >> 20} MB", refusal);
        if (refusal is { Message: var message } && (message.Length > MostMessage || message.Any(char.IsControl)))
            throw new FuzzFinding($"{Name}: the message is not one short line of text: {message.Length} characters", refusal);
        return refusal;
    }
}

/// <summary>A reader did with an input what it must not.</summary>
internal sealed class FuzzFinding(string message, Exception? cause) : Exception(message, cause);
