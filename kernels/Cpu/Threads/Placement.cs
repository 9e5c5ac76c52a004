using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Which processor each thread of the pool is on. Linux wakes a thread where it ran last, even where the thread that waits for it runs, beside an idle
/// processor, and looks again only after some milliseconds: a forward after a rest took twice its time. So a worker sleeps such that it is woken
/// elsewhere than where the owner of the last region was, and one that finds itself beside another thread of the pool all the same goes away. While it
/// works, it is bound to no processor.
/// </summary>
internal static partial class Placement
{
    // Of a mask of processors, as the system takes it: 1,024 of them.
    private const int Words = 16;

    // Whoever is sent back so soon is meant to be there: others want the processors too.
    private const double SecondsBetweenMoves = 2e-3;

    private static readonly bool _isKnown = OperatingSystem.IsLinux();

    // By thread, 0 being the owner of the region.
    private static readonly int[] _processors = CreateNowhere();

    [ThreadStatic]
    private static long _staysUntil;

    // The masks of a worker: without the owner's processor, and as it was before.
    [ThreadStatic]
    private static ulong[]? _fewer, _all;

    [ThreadStatic]
    private static bool _avoids;

    /// <summary>Says where the owner of a region is, who is about to hand it over.</summary>
    public static void NoteOwner()
    {
        if (_isKnown)
            Volatile.Write(ref _processors[0], Current());
    }

    /// <summary>
    /// Says where this worker is. If a thread of the pool with a lower number is there too, the worker first goes to a processor without one.
    /// </summary>
    /// <returns>Whether it went.</returns>
    public static bool Part(int worker)
    {
        if (!_isKnown)
            return false;
        int here = Current();
        bool goes = false;
        if (_processors.AsSpan(0, worker).Contains(here) && Stopwatch.GetTimestamp() > _staysUntil)
        {
            _staysUntil = Stopwatch.GetTimestamp() + (long)(SecondsBetweenMoves * Stopwatch.Frequency);
            _processors[worker] = -1;
            // The first moves the thread at once, the second lets the system move it again.
            goes = Avoid(_processors);
            StopAvoiding();
            here = Current();
        }
        Volatile.Write(ref _processors[worker], here);
        return goes;
    }

    /// <summary>Prepares a worker's sleep: it will be woken elsewhere than where the owner of the last region was.</summary>
    public static void PrepareSleep(int worker)
    {
        if (!_isKnown)
            return;
        _processors[worker] = -1;
        Avoid(_processors.AsSpan(0, 1));
    }

    /// <summary>Says that a worker is nowhere: it takes part in no region.</summary>
    public static void Forget(int worker) => Volatile.Write(ref _processors[worker], -1);

    /// <summary>Ends what <see cref="PrepareSleep"/> began.</summary>
    public static void EndSleep() => StopAvoiding();

    private static bool Avoid(ReadOnlySpan<int> processors)
    {
        ulong[] all = _all ??= new ulong[Words], fewer = _fewer ??= new ulong[Words];
        if (GetAffinity(0, Words * sizeof(ulong), ref all[0]) < 0)
            return false;
        all.CopyTo(fewer, 0);
        foreach (int processor in processors)
        {
            if (processor is >= 0 and < Words * 64)
                fewer[processor / 64] &= ~(1UL << (processor % 64));
        }
        return _avoids = fewer.ContainsAnyExcept(0UL) && SetAffinity(0, Words * sizeof(ulong), ref fewer[0]) == 0;
    }

    private static void StopAvoiding()
    {
        if (!_avoids)
            return;
        Span<ulong> now = stackalloc ulong[Words];
        // What somebody else has set meanwhile is theirs.
        if (GetAffinity(0, Words * sizeof(ulong), ref now[0]) >= 0 && now.SequenceEqual(_fewer))
            _ = SetAffinity(0, Words * sizeof(ulong), ref _all![0]);
        _avoids = false;
    }

    private static int[] CreateNowhere()
    {
        int[] nowhere = new int[CpuThreads.Most];
        Array.Fill(nowhere, -1);
        return nowhere;
    }

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    [SuppressGCTransition]
    private static partial int Current();

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint bytes, ref ulong mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint bytes, ref ulong mask);
}
