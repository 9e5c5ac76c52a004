using System.Diagnostics;

namespace SspNative.Peers.TensorPrimitives;

/// <summary>A call on arrays that were made beforehand.</summary>
internal sealed class SpanCase(Action call) : IPeerCase
{
    public double Run()
    {
        long start = Stopwatch.GetTimestamp();
        call();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
    }
}
