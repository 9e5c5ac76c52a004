using System.Runtime.InteropServices;
using System.Text;

namespace SspNative.Engine.Distributed;

/// <summary>
/// The members of MPI that <see cref="MpiCollective"/> calls, by the ABI that MPICH, Intel MPI, MVAPICH, Cray MPICH and MS-MPI share: handles are
/// 32-bit integers of known values. The library is loaded at the first call.
/// </summary>
internal static class Mpi
{
    public const int World = 0x44000000, Self = 0x44000001, Byte = 0x4c00010d, ErrorsReturn = 0x54000001, RequestNull = 0x2c000000;
    public const int AnySource = -2, AnyTag = -1, ThreadMultiple = 3;

    private const string Library = "mpich";

    private static readonly string[] _names = OperatingSystem.IsWindows() ? ["msmpi.dll"]
        : OperatingSystem.IsMacOS() ? ["libmpich.12.dylib", "libmpi.12.dylib", "libpmpi.12.dylib"]
        : ["libmpich.so.12", "libmpi.so.12", "libmpi_intel.so.12"];

    private static readonly Lock _lock = new();
    private static nint _library;

    [StructLayout(LayoutKind.Sequential)]
    public struct Status
    {
        public int CountLow, CountHigh, Source, Tag, Error;
    }

    /// <summary>Loads the library. Returns null, or why it cannot be used, in one line.</summary>
    public static string? Load()
    {
        lock (_lock)
        {
            if (_library != 0)
                return null;
            // Its transport has standard output in mind, which is for results.
            if (OperatingSystem.IsLinux())
                _ = setenv("UCX_LOG_FILE", "stderr", 0);
            foreach (string name in _names)
                if (NativeLibrary.TryLoad(name, out _library))
                    break;
            if (_library == 0)
                return NativeLibrary.TryLoad("libmpi.so.40", out _)
                    ? "Open MPI is here, which has another ABI: install mpich (apt-get install mpich) and start with its mpiexec.mpich"
                    : $"no MPI library is here ({string.Join(", ", _names)}): install mpich (apt-get install mpich)";
            NativeLibrary.SetDllImportResolver(typeof(Mpi).Assembly, static (name, _, _) => name == Library ? _library : 0);
            return null;
        }
    }

    /// <summary>What the library calls itself, one line.</summary>
    public static string Version()
    {
        byte[] text = new byte[8192];
        Check(MPI_Get_library_version(text, out int length), nameof(MPI_Get_library_version));
        // "MPICH Version:      4.0.2", and what it was built with.
        string first = Encoding.UTF8.GetString(text, 0, Math.Clamp(length, 0, text.Length)).Split('\n', '\0')[0];
        return string.Join(' ', first.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).Replace(" Version:", "", StringComparison.Ordinal);
    }

    /// <exception cref="IOException">A call failed.</exception>
    public static void Check(int code, string call)
    {
        if (code == 0)
            return;
        byte[] text = new byte[1024];
        _ = MPI_Error_string(code, text, out int length);
        throw new IOException($"{call} failed: {Encoding.UTF8.GetString(text, 0, Math.Clamp(length, 0, text.Length)).Split('\n')[0]}");
    }

    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int setenv(string name, string value, int overwrite);

    [DllImport(Library)]
    public static extern int MPI_Get_library_version(byte[] version, out int length);

    [DllImport(Library)]
    public static extern int MPI_Init_thread(nint argc, nint argv, int required, out int provided);

    [DllImport(Library)]
    public static extern int MPI_Finalize();

    [DllImport(Library)]
    public static extern int MPI_Comm_rank(int comm, out int rank);

    [DllImport(Library)]
    public static extern int MPI_Comm_size(int comm, out int size);

    [DllImport(Library)]
    public static extern int MPI_Comm_dup(int comm, out int copy);

    [DllImport(Library)]
    public static extern int MPI_Comm_free(ref int comm);

    [DllImport(Library)]
    public static extern int MPI_Comm_set_errhandler(int comm, int handler);

    [DllImport(Library)]
    public static extern int MPI_Error_string(int code, byte[] text, out int length);

    [DllImport(Library)]
    public static extern int MPI_Isend(nint buffer, int count, int type, int to, int tag, int comm, out int request);

    [DllImport(Library)]
    public static extern int MPI_Irecv(nint buffer, int count, int type, int from, int tag, int comm, out int request);

    [DllImport(Library)]
    public static extern int MPI_Iallgather(nint send, int sendCount, int sendType, nint receive, int receiveCount, int receiveType, int comm, out int request);

    [DllImport(Library)]
    public static extern int MPI_Iallgatherv(
        nint send, int sendCount, int sendType, nint receive, nint receiveCounts, nint displacements, int receiveType, int comm, out int request);

    [DllImport(Library)]
    public static extern int MPI_Test(ref int request, out int flag, out Status status);

    [DllImport(Library)]
    public static extern int MPI_Iprobe(int from, int tag, int comm, out int flag, out Status status);

    [DllImport(Library)]
    public static extern int MPI_Get_count(ref Status status, int type, out int count);
}
