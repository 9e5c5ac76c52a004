using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>Functions of CUDA's driver that ILGPU does not have, by their names.</summary>
internal static class CudaDriver
{
    private static readonly Lazy<nint> _driver = new(() => NativeLibrary.Load(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1"));

    /// <summary>One of them.</summary>
    /// <typeparam name="T">How it is called.</typeparam>
    /// <param name="name">Its name.</param>
    public static T Function<T>(string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_driver.Value, name));

    /// <exception cref="ILGPU.Runtime.AcceleratorException">The driver does not take it.</exception>
    public static void Check(int code) => CudaException.ThrowIfFailed((CudaError)code);
}
