using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SspNative.Kernels.Cpu;

namespace SspNative.Engine.Distributed;

/// <summary>The ranks that <c>mpiexec</c> started. Which MPI serves, <see cref="Mpi"/> says; it is loaded by <see cref="Join"/> and not before.</summary>
public sealed class MpiCollective : ICollective
{
    private const int LengthTag = 1, ContentTag = 2, LargestMessage = 1 << 30;

    private readonly MpiWatch _watch;
    private static int _waits;
    private int _tensors, _control;

    private MpiCollective(int rank, int count, IRankWatcher watcher, TimeSpan idleLimit)
    {
        (Rank, Count) = (rank, count);
        _tensors = Duplicate();
        _control = Duplicate();
        Processes = [.. AllGather(RankProcess.This().ToBytes()).Select(RankProcess.FromBytes)];
        _watch = new MpiWatch(this, Duplicate(), watcher, idleLimit);
    }

    /// <summary>How many ranks a launcher has started this process among; 1 without one. Reads the environment alone.</summary>
    public static int StartedRanks => ((string[])["PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"])
        .Select(Variable).FirstOrDefault(n => n > 1, 1);

    /// <summary>Which of them it is, as the launcher says; 0 where it says nothing. Reads the environment alone.</summary>
    public static int StartedRank => Named("PMI_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID");

    /// <summary>Which of those on this machine it is, as the launcher says; 0 where it says nothing. Reads the environment alone.</summary>
    public static int StartedLocalRank => Named("MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK", "PALS_LOCAL_RANKID", "SLURM_LOCALID");

    /// <summary>The open file through which MPICH's launcher and a process that it started speak; null where there is none.</summary>
    public static SafeFileHandle? LauncherLine() => Variable("PMI_FD") is > 0 and var file ? new SafeFileHandle(file, ownsHandle: true) : null;

    /// <summary>
    /// Tells MPICH's launcher that all it started is to end, where this process cannot meet the others: those that wait for it in MPI would wait for ever.
    /// Of other launchers, their own options say whether one failure ends all.
    /// </summary>
    /// <param name="code">The exit code.</param>
    public static void AbortStarted(int code)
    {
        // That launcher alone sets this variable; others have a line too, and another protocol.
        if (Variable("MPI_LOCALNRANKS") < 1 || LauncherLine() is not { } line)
            return;
        try
        {
            using var stream = new FileStream(line, FileAccess.Write, 0);
            stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cmd=abort exitcode={code}\n")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It has closed the line, and knows.
        }
    }

    /// <summary>The MPI that would be used, in one line; or that there is none, and what to do.</summary>
    /// <returns>Whether there is one, and the line.</returns>
    public static (bool IsThere, string Line) Find() => Mpi.Load() is { } why ? (false, why) : (true, Mpi.Version());

    /// <summary>Meets the other ranks; waits for all.</summary>
    /// <param name="watcher">Is told, on another thread, what becomes of them.</param>
    /// <exception cref="InputException">MPI cannot be used, or a variable of the environment.</exception>
    /// <exception cref="IOException">A call of MPI failed.</exception>
    public static MpiCollective Join(IRankWatcher watcher)
    {
        if (Mpi.Load() is { } why)
            throw new InputException(why);
        if (Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is not null)
            throw new InputException("these ranks were started by Open MPI, which has another ABI: start them with MPICH's mpiexec (mpiexec.mpich)");
        TimeSpan idleLimit = IdleClock.Limit();
        Mpi.Check(Mpi.MPI_Init_thread(0, 0, Mpi.ThreadMultiple, out int provided), nameof(Mpi.MPI_Init_thread));
        // Those of a request that is under way, too.
        ReturnErrors(Mpi.World);
        ReturnErrors(Mpi.Self);
        if (provided < Mpi.ThreadMultiple)
            throw new InputException($"{Mpi.Version()} serves one thread alone; MPI_THREAD_MULTIPLE is needed");
        Mpi.Check(Mpi.MPI_Comm_rank(Mpi.World, out int rank), nameof(Mpi.MPI_Comm_rank));
        Mpi.Check(Mpi.MPI_Comm_size(Mpi.World, out int count), nameof(Mpi.MPI_Comm_size));
        if (count != StartedRanks)
        {
            _ = Mpi.MPI_Finalize();
            throw new InputException(
                $"{StartedRanks} processes were started, and by {Mpi.Version()} this one met {count - 1} of the others: "
                + "start them with this MPI's own mpiexec, or in Slurm with srun --mpi=pmi2");
        }
        return new MpiCollective(rank, count, watcher, idleLimit);
    }

    public int Rank { get; }

    public int Count { get; }

    public Traffic Sent { get; private set; }

    /// <summary>Whether a thread of this process waits for another rank.</summary>
    internal static bool Waits => Volatile.Read(ref _waits) > 0;

    /// <summary>Process and machine of every rank.</summary>
    public IReadOnlyList<RankProcess> Processes { get; }

    public byte[][] AllGather(ReadOnlySpan<byte> own)
    {
        int[] lengths = new int[Count], starts = new int[Count];
        int[] length = [own.Length];
        using (var pins = new Pins())
            Wait(Checked(
                Mpi.MPI_Iallgather(pins.Of(length), sizeof(int), Mpi.Byte, pins.Of(lengths), sizeof(int), Mpi.Byte, _control, out int request),
                request, nameof(Mpi.MPI_Iallgather)));
        for (int r = 1; r < Count; r++)
            starts[r] = checked(starts[r - 1] + lengths[r - 1]);
        byte[] all = new byte[Math.Max(1, checked(starts[^1] + lengths[^1]))];
        using (var pins = new Pins())
            Wait(Checked(
                Mpi.MPI_Iallgatherv(
                    pins.Of(own.ToArray()), own.Length, Mpi.Byte, pins.Of(all), pins.Of(lengths), pins.Of(starts), Mpi.Byte, _control, out int request),
                request, nameof(Mpi.MPI_Iallgatherv)));
        Sent += new Traffic(Count - 1, (long)own.Length * (Count - 1));
        return [.. lengths.Select((n, r) => all[starts[r]..(starts[r] + n)])];
    }

    public byte[][] Gather(byte[] own)
    {
        if (Rank != 0)
        {
            Sent += new Traffic(1, own.Length);
            Exchange(nameof(Mpi.MPI_Isend), Mpi.MPI_Isend, BitConverter.GetBytes(own.Length), 0, LengthTag);
            Exchange(nameof(Mpi.MPI_Isend), Mpi.MPI_Isend, own, 0, ContentTag);
            return [];
        }
        var all = new byte[Count][];
        all[0] = own;
        for (int rank = 1; rank < Count; rank++)
        {
            byte[] length = new byte[sizeof(int)];
            Exchange(nameof(Mpi.MPI_Irecv), Mpi.MPI_Irecv, length, rank, LengthTag);
            Exchange(nameof(Mpi.MPI_Irecv), Mpi.MPI_Irecv, all[rank] = new byte[BitConverter.ToInt32(length)], rank, ContentTag);
        }
        return all;
    }

    public ITransfer Send(Tensor? tensor, int to, int tag)
    {
        long bytes = tensor is null ? 0 : tensor.Count * tensor.DType.Size();
        Sent += new Traffic(1, bytes);
        return new Transfer(Checked(
            Mpi.MPI_Isend(tensor is null ? 0 : HostMemory.Address(tensor.Buffer), checked((int)bytes), Mpi.Byte, to, tag, _tensors, out int request),
            request, nameof(Mpi.MPI_Isend)), tensor is not null);
    }

    public ITransfer Receive(Tensor tensor, int from, int tag) => new Transfer(Checked(
        Mpi.MPI_Irecv(
            HostMemory.Address(tensor.Buffer), checked((int)(tensor.Count * tensor.DType.Size())), Mpi.Byte, from, tag, _tensors, out int request),
        request, nameof(Mpi.MPI_Irecv)), null);

    public void Poll() => Mpi.Check(Mpi.MPI_Iprobe(Mpi.AnySource, Mpi.AnyTag, _control, out _, out _), nameof(Mpi.MPI_Iprobe));

    /// <summary>Sends a line of this rank to rank 0, whose watcher gets it.</summary>
    public void Tell(string line) => _watch.Tell(line);

    /// <summary>
    /// At another rank than 0: says that this rank cannot go on, and waits for rank 0's word: to end, which the watcher gets, or to <see cref="Leave"/>.
    /// </summary>
    /// <param name="code">Its exit code.</param>
    /// <returns>Whether all ranks leave.</returns>
    public bool Fail(int code) => _watch.Fail(code);

    /// <summary>At another rank than 0: says that this rank cannot go on, and waits for nothing.</summary>
    /// <param name="code">Its exit code.</param>
    public void GiveUp(int code) => _watch.GiveUp(code);

    /// <summary>At rank 0, when all others wait in <see cref="Fail"/>: tells them to leave.</summary>
    public void LeaveAll() => _watch.LeaveAll();

    /// <summary>At rank 0: tells all ranks to end with an exit code; their watchers get it.</summary>
    public void EndAll(int code) => _watch.EndAll(code);

    /// <summary>Takes leave of the other ranks once all are done.</summary>
    public void Leave()
    {
        this.Barrier();
        _watch.Stop();
        Free(ref _tensors);
        Free(ref _control);
        Mpi.Check(Mpi.MPI_Finalize(), nameof(Mpi.MPI_Finalize));
    }

    /// <summary>A communicator of its own, whose errors are returned.</summary>
    private static int Duplicate()
    {
        Mpi.Check(Mpi.MPI_Comm_dup(Mpi.World, out int copy), nameof(Mpi.MPI_Comm_dup));
        ReturnErrors(copy);
        return copy;
    }

    private static void ReturnErrors(int communicator) =>
        Mpi.Check(Mpi.MPI_Comm_set_errhandler(communicator, Mpi.ErrorsReturn), nameof(Mpi.MPI_Comm_set_errhandler));

    internal static void Free(ref int communicator) => Mpi.Check(Mpi.MPI_Comm_free(ref communicator), nameof(Mpi.MPI_Comm_free));

    // The first of some variables that is there.
    private static int Named(params string[] names) =>
        Array.Find(names, v => Environment.GetEnvironmentVariable(v) is not null) is { } name ? Variable(name) : 0;

    private static int Variable(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;

    private static int Checked(int code, int request, string call)
    {
        Mpi.Check(code, call);
        return request;
    }

    private static Mpi.Status Wait(int request)
    {
        var clock = Stopwatch.StartNew();
        using var waiting = new Waiting();
        while (true)
        {
            Mpi.Check(Mpi.MPI_Test(ref request, out int done, out Mpi.Status status), nameof(Mpi.MPI_Test));
            if (done != 0)
                return status;
            // The library moves data within its calls alone, so that it is called again at once; after long it is another rank that is waited for.
            if (clock.ElapsedMilliseconds < 5000)
                Thread.Yield();
            else
                Thread.Sleep(1);
        }
    }

    /// <summary>A wait for another rank, from its making to its end.</summary>
    internal readonly ref struct Waiting : IDisposable
    {
        public Waiting() => Interlocked.Increment(ref _waits);

        public void Dispose() => Interlocked.Decrement(ref _waits);
    }

    private delegate int Begin(nint buffer, int count, int type, int other, int tag, int comm, out int request);

    private void Exchange(string call, Begin begin, byte[] content, int other, int tag)
    {
        using var pins = new Pins();
        nint start = pins.Of(content);
        for (int at = 0; at < content.Length; at += LargestMessage)
            Wait(Checked(
                begin(start + at, Math.Min(LargestMessage, content.Length - at), Mpi.Byte, other, tag, _control, out int request), request, call));
    }

    private sealed class Transfer(int request, bool? sent) : ITransfer
    {
        public bool Wait()
        {
            Mpi.Status status = MpiCollective.Wait(request);
            if (sent is { } known)
                return known;
            Mpi.Check(Mpi.MPI_Get_count(ref status, Mpi.Byte, out int bytes), nameof(Mpi.MPI_Get_count));
            return bytes > 0;
        }
    }

    // Arrays that stay where they are while MPI reads and writes them.
    private sealed class Pins : IDisposable
    {
        private readonly List<GCHandle> _handles = [];

        public nint Of(Array array)
        {
            var handle = GCHandle.Alloc(array, GCHandleType.Pinned);
            _handles.Add(handle);
            return handle.AddrOfPinnedObject();
        }

        public void Dispose()
        {
            foreach (GCHandle handle in _handles)
                handle.Free();
        }
    }
}
