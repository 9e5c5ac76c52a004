using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace SspNative.Kernels.Gpu;

/// <summary>The GPUs of this machine, by CUDA and OpenCL.</summary>
public static class GpuDevices
{
    private static readonly Lazy<Context> _context = new(CreateContext);

    static GpuDevices() => NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, FindDriver);

    /// <summary>All that were found, usable or not. Empty on a machine without a driver.</summary>
    public static IReadOnlyList<GpuDeviceInfo> All => [.. Cuda(_context.Value).Select(Describe), .. OpenCl(_context.Value).Select(Describe)];

    /// <summary>Opens a device by its name; <c>cuda</c> and <c>opencl</c> mean the first of their kind.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="precision">The precision of products.</param>
    /// <param name="guarded">For tests of kernels: <see cref="GpuDevice.Damage"/> tells of writes past the end of buffers.</param>
    /// <param name="graphs">Whether passes that repeat are recorded and replayed (<see cref="IRecordingDevice.Records"/>). What they hold comes on top.</param>
    /// <exception cref="ArgumentException">There is none of that name, or it cannot be used, or not in that precision.</exception>
    public static GpuDevice Open(string name, Precision precision = Precision.Fp32, bool guarded = false, bool graphs = false) =>
        Open(name, precision, emulatesTensorCores: false, guarded: guarded, graphs: graphs);

    /// <summary>The same, for tests of kernels.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="precision">The precision of products.</param>
    /// <param name="emulatesTensorCores">Whether kernels for tensor cores run by definition on a device that has none.</param>
    /// <param name="guarded">Whether <see cref="GpuDevice.Damage"/> tells of writes past the end of buffers.</param>
    /// <param name="graphs">Whether passes that repeat are recorded and replayed.</param>
    internal static GpuDevice Open(string name, Precision precision, bool emulatesTensorCores, bool guarded = false, bool graphs = false)
    {
        Context context = _context.Value;
        string[] parts = name.Split(':');
        Device[] devices = parts[0] switch
        {
            "cuda" => [.. Cuda(context)],
            "opencl" => [.. OpenCl(context)],
            _ => throw new ArgumentException($"there is no device '{name}': ask for cuda, opencl, cuda:N or opencl:N"),
        };
        int index = 0;
        if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], out index)) || index < 0)
            throw new ArgumentException($"there is no device '{name}': a number follows the colon");
        if (index >= devices.Length)
            throw new ArgumentException(devices.Length == 0
                ? $"there is no {parts[0]} device: no driver was found, or it shows none"
                : $"there is no device '{name}': the last is {parts[0]}:{devices.Length - 1}");
        GpuDeviceInfo info = Describe(devices[index], index);
        if (info.WhyNot is not null)
            throw new ArgumentException($"{info.Name} ({info.Hardware}) cannot be used: {info.WhyNot}");
        if (precision is Precision.Tf32 or Precision.Tf32x3 && devices[index] is not CudaDevice && !emulatesTensorCores)
            throw new ArgumentException($"the precision {precision.Name()} needs the tensor cores of a CUDA device: {info.Name} computes in fp32 or bf16");
        if (precision != Precision.Fp32 && devices[index] is CudaDevice { Architecture.Major: < 8 } old)
            throw new ArgumentException($"the precision {precision.Name()} needs tensor cores of sm_80 or later: {info.Name} ({old.Name}) computes in fp32");
        try
        {
            return new GpuDevice(info.Name, devices[index].CreateAccelerator(context), precision, emulatesTensorCores, guarded: guarded, graphs: graphs);
        }
        catch (AcceleratorException e)
        {
            throw new ArgumentException($"{info.Name} ({info.Hardware}) cannot be used: {DriverFault.Line(e)}", e);
        }
    }

    private static Context CreateContext()
    {
        Context context = Context.Create(builder => builder.Cuda().OpenCL(_ => true).Profiling().WithKernels());
        foreach (CLDevice device in OpenCl(context))
            AllowWithoutGenericPointers(device);
        return context;
    }

    private static IEnumerable<CudaDevice> Cuda(Context context) => context.Devices.OfType<CudaDevice>();

    private static IEnumerable<CLDevice> OpenCl(Context context) => context.Devices.OfType<CLDevice>();

    private static GpuDeviceInfo Describe(Device device, int index) => device switch
    {
        CudaDevice cuda => new GpuDeviceInfo(
            $"cuda:{index}", cuda.Name, $"CUDA driver {cuda.DriverVersion}", true, cuda.MemorySize, cuda.NumMultiprocessors, cuda.MaxSharedMemoryPerGroup,
            [$"sm_{cuda.Architecture?.Major}{cuda.Architecture?.Minor}", .. Common(true, true)], WhyNot(device)),
        CLDevice openCl => new GpuDeviceInfo(
            $"opencl:{index}", openCl.Name.Trim(), $"{openCl.PlatformName.Trim()}, {openCl.CLStdVersion}", openCl.DeviceType == CLDeviceType.CL_DEVICE_TYPE_GPU,
            openCl.MemorySize, openCl.NumMultiprocessors, openCl.MaxSharedMemoryPerGroup,
            [openCl.CVersion.ToString(), .. Common(openCl.Capabilities.Float16, openCl.Capabilities.Float64)], WhyNot(device)),
        _ => throw new NotSupportedException($"a device of the kind {device.AcceleratorType} is not used"),
    };

    private static IEnumerable<string> Common(bool float16, bool float64) =>
        [.. float16 ? ["fp16"] : Array.Empty<string>(), .. float64 ? ["fp64"] : Array.Empty<string>()];

    private static string? WhyNot(Device device) => device switch
    {
        { MaxNumThreadsPerGroup: < 256 } => $"its groups have at most {device.MaxNumThreadsPerGroup} threads, and kernels need 256",
        CLDevice { MaxSharedMemoryPerGroup: < 32 << 10 } => $"its groups have {device.MaxSharedMemoryPerGroup} bytes of local memory, and kernels need 32,768",
        CudaDevice { Architecture: null } or CudaDevice { InstructionSet: null } => "its driver is older than the kernels: install a newer one",
        _ => null,
    };

    // ILGPU asks for libOpenCL.so and libcuda.so, names that on Linux may come with development packages only.
    private static nint FindDriver(string library, Assembly assembly, DllImportSearchPath? path) =>
        library is "OpenCL" or "cuda" && NativeLibrary.TryLoad($"lib{library}.so.1", out nint handle) ? handle : 0;

    // ILGPU asks for generic pointers, which the code that it makes at O2 does not use.
    private static void AllowWithoutGenericPointers(CLDevice device) =>
        typeof(CLCapabilityContext).GetProperty(nameof(CLCapabilityContext.GenericAddressSpace))!.GetSetMethod(nonPublic: true)!
            .Invoke(device.Capabilities, [true]);
}
