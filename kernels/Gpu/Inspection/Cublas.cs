using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>NVIDIA's library of matrix products, where a system has it: to be measured beside the kernels, which do not use it.</summary>
public sealed class Cublas : IDisposable
{
    private const int Succeeded = 0, AsItIs = 0, Transposed = 1;

    // CUDA_R_32F and CUDA_R_16BF; CUBLAS_COMPUTE_32F and CUBLAS_COMPUTE_32F_FAST_TF32; CUBLAS_GEMM_DEFAULT.
    private const int Float32 = 0, BFloat16 = 14, InFloat32 = 68, InTf32 = 77, AnyAlgorithm = -1;

    private static readonly string[] _names = OperatingSystem.IsWindows()
        ? ["cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"]
        : ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"];

    private readonly GpuDevice _device;
    private readonly nint _library, _handle;
    private readonly GemmEx _multiply;

    /// <exception cref="NotSupportedException">The device is none of CUDA, or the library is not installed or refuses it.</exception>
    public Cublas(GpuDevice device)
    {
        (Accelerator accelerator, AcceleratorStream stream) = (device.Queue.Accelerator, device.Queue.Stream);
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
        _multiply = Function<GemmEx>("cublasGemmEx");
    }

    public string Version { get; }

    /// <summary>The precision that it multiplies in beside a device: it has no products of three tf32, and float32 is what they stand for.</summary>
    public static Precision PrecisionBeside(Precision precision) => precision == Precision.Tf32x3 ? Precision.Fp32 : precision;

    /// <summary>
    /// Queues c = a · bᵀ: (M,K), (N,K) → (M,N). In bf16 a and b are stored so, else as float32; c is float32, and so are sums.
    /// </summary>
    public void Multiply(int m, int n, int k, DeviceBuffer a, DeviceBuffer b, DeviceBuffer c)
    {
        _device.Queue.Accelerator.Bind();
        Precision precision = PrecisionBeside(_device.Precision);
        int stored = precision == Precision.Bf16 ? BFloat16 : Float32, computed = precision == Precision.Tf32 ? InTf32 : InFloat32;
        float one = 1f, zero = 0f;
        // Its matrices are columns after columns: it is asked for cᵀ = b · aᵀ.
        Check(
            _multiply(
                _handle, Transposed, AsItIs, n, m, k, in one, Address(b), stored, k, Address(a), stored, k, in zero, Address(c), Float32, n, computed,
                AnyAlgorithm),
            "multiply");
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

    private delegate int GemmEx(
        nint handle, int a, int b, int m, int n, int k, in float alpha, nint left, int leftType, int strideLeft, nint right, int rightType, int strideRight,
        in float beta, nint result, int resultType, int strideResult, int computed, int algorithm);
}
