using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace SspNative.Kernels.Cpu;

/// <summary>What a thread waits for.</summary>
internal interface IAwaited
{
    bool HasHappened { get; }
}

/// <summary>
/// Waiting for another thread without sleeping, which costs that thread nothing and this one a processor. So it is for a bounded time, and other
/// threads that want the processor get it: who waits yields to them. Whoever was held up by one, waits but a moment from then on, in every place,
/// until the machine has been quiet for a while.
/// </summary>
internal static class AwakeWait
{
    private const double CrowdedSeconds = 20e-6;

    // Nothing but another thread on this processor takes so long between two looks.
    private const double HeldUpSeconds = 300e-6;

    private const double CrowdedForSeconds = 50e-3;

    // Before the first yield, which is a call of the system: what is awaited mostly comes within some microseconds.
    private const int LooksBeforeYields = 64;

    private const int PausesOfLook = 16;

    private static long _crowdedUntil;

    /// <summary>Waits until something has happened, and gives up when that takes too long. Returns whether it has happened.</summary>
    /// <param name="awaited">What is waited for.</param>
    /// <param name="seconds">How long at most.</param>
    /// <param name="shared">Whether there are more threads than processors, so that to wait is to take one from whom is waited for.</param>
    public static bool For<T>(T awaited, double seconds, bool shared)
        where T : struct, IAwaited
    {
        long start = Stopwatch.GetTimestamp(), last = start;
        long end = start + Ticks(shared || start < Volatile.Read(ref _crowdedUntil) ? CrowdedSeconds : seconds);
        for (int looks = 0; ; looks++)
        {
            for (int i = 0; i < PausesOfLook; i++)
            {
                if (awaited.HasHappened)
                    return true;
                Pause();
            }
            if (looks >= LooksBeforeYields)
                Thread.Yield();
            long now = Stopwatch.GetTimestamp();
            if (now - last > Ticks(HeldUpSeconds))
            {
                Volatile.Write(ref _crowdedUntil, now + Ticks(CrowdedForSeconds));
                return awaited.HasHappened;
            }
            if (now > end)
                return awaited.HasHappened;
            last = now;
        }
    }

    /// <summary>Whoever held this thread up was of the pool, and does so no longer.</summary>
    public static void ForgetCrowd() => Volatile.Write(ref _crowdedUntil, 0);

    private static void Pause()
    {
        if (X86Base.IsSupported)
            X86Base.Pause();
        else
            Thread.SpinWait(8);
    }

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);
}
