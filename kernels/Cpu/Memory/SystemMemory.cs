using System.Runtime.InteropServices;

namespace SspNative.Kernels.Cpu;

/// <summary>Linux's calls for pages of memory.</summary>
internal static partial class SystemMemory
{
    // PROT_NONE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, MADV_HUGEPAGE, MADV_DONTNEED.
    public const int NoAccess = 0, ReadWrite = 3, PrivateUnreserved = 0x4022, HugePages = 14, NotNeeded = 4;

    [LibraryImport("libc", EntryPoint = "mmap")]
    public static partial nint MMap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    public static partial int MUnmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    public static partial int MProtect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise")]
    public static partial int MAdvise(nint address, nuint length, int advice);
}
