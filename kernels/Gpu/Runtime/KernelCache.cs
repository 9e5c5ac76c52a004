using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>The kernels of one device, compiled when they are first launched.</summary>
/// <remarks>Of CUDA kernels the texts are kept: its driver keeps what it makes of them, and a second program compiles nothing.</remarks>
internal sealed class KernelCache(Accelerator accelerator)
{
    private readonly PtxFolder _texts = accelerator is CudaAccelerator cuda ? PtxFolder.Of(cuda) : new PtxFolder(null);

    private readonly ConcurrentDictionary<Type, Delegate> _launchers = new();

    // Loading from several threads is much slower than from one.
    private readonly Lock _loading = new();

    /// <summary>Queues a kernel on a stream.</summary>
    public void Launch<TKernel>(AcceleratorStream stream, in KernelConfig config, in TKernel kernel) where TKernel : struct, IGpuKernel
    {
        if (!_launchers.TryGetValue(typeof(TKernel), out Delegate? launcher))
            launcher = Load<TKernel>();
        ((Action<AcceleratorStream, KernelConfig, TKernel>)launcher)(stream, config, kernel);
    }

    /// <summary>What a kernel is called on the device.</summary>
    public static string NameOf(Type kernel)
    {
        string name = kernel.Name.Split('`')[0];
        return kernel.IsGenericType ? $"{name}<{string.Join(", ", kernel.GetGenericArguments().Select(NameOf))}>" : name;
    }

    /// <summary>The method that ILGPU compiles, and how its threads are grouped.</summary>
    public static (EntryPointDescription Entry, KernelSpecialization Specialization) Describe<TKernel>() where TKernel : struct, IGpuKernel
    {
        MethodInfo method = ((Action<TKernel>)Entry).Method;
        int? groups = TKernel.GroupsPerMultiprocessor == 0 ? null : TKernel.GroupsPerMultiprocessor;
        return (EntryPointDescription.FromExplicitlyGroupedKernel(method), new KernelSpecialization(TKernel.GroupSize, groups));
    }

    private static void Entry<TKernel>(TKernel kernel) where TKernel : struct, IGpuKernel => kernel.Run();

    private Delegate Load<TKernel>() where TKernel : struct, IGpuKernel
    {
        lock (_loading)
        {
            if (_launchers.TryGetValue(typeof(TKernel), out Delegate? launcher))
                return launcher;
            CompiledKernel? compiled = null;
            try
            {
                compiled = Compile<TKernel>();
                launcher = accelerator.LoadKernel(compiled).CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TKernel>>();
            }
            catch (Exception e)
            {
                throw new DeviceException($"{accelerator.Name} cannot compile the kernel {NameOf(typeof(TKernel))}{Kept(compiled)}: {Reason(e)}", e);
            }
            _launchers.TryAdd(typeof(TKernel), launcher);
            return launcher;
        }
    }

    private CompiledKernel Compile<TKernel>() where TKernel : struct, IGpuKernel
    {
        (EntryPointDescription entry, KernelSpecialization specialization) = Describe<TKernel>();
        if (_texts.Find(typeof(TKernel)) is { } ptx)
            return KernelText.Kernel(accelerator.Context, entry, specialization, ptx);
        CompiledKernel compiled = accelerator.CompileKernel(entry, specialization);
        KernelText.Rewrite(compiled);
        _texts.Keep(typeof(TKernel), KernelText.Of(compiled));
        return compiled;
    }

    private static string Reason(Exception e) => (e.InnerException ?? e) switch
    {
        AcceleratorException driver => DriverFault.Line(driver),
        var other => other.Message.ReplaceLineEndings(" "),
    };

    // Drivers say little of why: the text that they refused is kept.
    private static string Kept(CompiledKernel? kernel)
    {
        if (kernel is null)
            return "";
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + (kernel is ILGPU.Backends.PTX.PTXCompiledKernel ? ".ptx" : ".cl"));
        try
        {
            File.WriteAllText(file, KernelText.Of(kernel));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Why it does not compile matters more.
            return $" (its text could not be kept: {e.Message})";
        }
        return $" (its text is in {file})";
    }
}
