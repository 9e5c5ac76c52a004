using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>NVIDIA's library of matrix products, where a system has it: to be measured beside the kernels, which do not use it.</summary>
public sealed class Cublas : IDisposable
{
    private const int Succeeded = 0, AsItIs = 0, Transposed = 1;

    private static readonly string[] _names = OperatingSystem.IsWindows()
        ? ["cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"]
        : ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"];

    private readonly GpuDevice _device;
    private readonly nint _library, _handle;
    private readonly Sgemm _multiply;

    /// <exception cref="NotSupportedException">The device is none of CUDA, or the library is not installed or refuses it.</exception>
    public Cublas(GpuDevice device)
    {
        (Accelerator accelerator, AcceleratorStream stream) = device.Driver;
        if (stream is not CudaStream cuda)
            throw new NotSupportedException($"cuBLAS computes on CUDA devices, and {device.Name} is none");
        foreach (string name in _names)
            if (_library == 0)
                NativeLibrary.TryLoad(name, out _library);
        if (_library == 0)
            throw new NotSupportedException($"cuBLAS is not installed: none of {string.Join(", ", _names)} can be loaded");
        _device = device;
        accelerator.Bind();
        Check(Function<Create>("cublasCreate_v2")(out _handle), "create a handle");
        Check(Function<SetStream>("cublasSetStream_v2")(_handle, cuda.StreamPtr), "take the stream");
        Check(Function<GetVersion>("cublasGetVersion_v2")(_handle, out int version), "tell its version");
        Version = $"{version / 10000}.{version / 100 % 100}.{version % 100}";
        _multiply = Function<Sgemm>("cublasSgemm_v2");
    }

    public string Version { get; }

    /// <summary>Queues c = a · bᵀ in float32: (M,K), (N,K) → (M,N).</summary>
    public void Multiply(int m, int n, int k, DeviceBuffer a, DeviceBuffer b, DeviceBuffer c)
    {
        _device.Driver.Accelerator.Bind();
        float one = 1f, zero = 0f;
        // Its matrices are columns after columns: it is asked for cᵀ = b · aᵀ.
        Check(_multiply(_handle, Transposed, AsItIs, n, m, k, in one, Address(b), k, Address(a), k, in zero, Address(c), n), "multiply");
    }

    public void Dispose()
    {
        Function<Destroy>("cublasDestroy_v2")(_handle);
        NativeLibrary.Free(_library);
    }

    private static nint Address(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).LoadEffectiveAddressAsPtr();

    private static void Check(int status, string what)
    {
        if (status != Succeeded)
            throw new NotSupportedException($"cuBLAS does not {what}: status {status}");
    }

    private T Function<T>(string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_library, name));

    private delegate int Create(out nint handle);

    private delegate int Destroy(nint handle);

    private delegate int SetStream(nint handle, nint stream);

    private delegate int GetVersion(nint handle, out int version);

    private delegate int Sgemm(
        nint handle, int a, int b, int m, int n, int k, in float alpha, nint left, int strideLeft, nint right, int strideRight, in float beta, nint result,
        int strideResult);
}
