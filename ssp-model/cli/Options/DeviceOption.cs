using System.CommandLine;
using SspNative.Cli.Parsing;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Benchmarking;

#if GPU
using SspNative.Engine.Distributed;
using SspNative.Kernels.Gpu;
#endif

namespace SspNative.Cli.Options;

/// <summary>The options <c>--device</c> and <c>--precision</c> that verbs share.</summary>
internal static class DeviceOption
{
    private static readonly Dictionary<IDevice, IRoof> _roofs = [];

    public static Option<string> Create() => new("--device")
    {
        Description = "Where to compute: cpu, cuda[:N], opencl[:N], or auto: the first GPU, else the processor. ssp devices lists them.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "cpu",
        CompletionSources = { "auto", "cpu", "cuda", "opencl" },
    };

    public static Option<string> CreatePrecision() => CreatePrecision(
        "In what to multiply: fp32; bf16: large weights are held as bf16, in half the memory; tf32x3 and tf32, by the tensor cores of a CUDA device.",
        Enum.GetValues<Precision>());

    /// <summary>For what is trained, whose weights stay float32.</summary>
    public static Option<string> CreateTrainingPrecision() => CreatePrecision(
        "In what to multiply: fp32; tf32x3 and tf32, by the tensor cores of a CUDA device.", Precision.Fp32, Precision.Tf32x3, Precision.Tf32);

    public static Option<bool> CreateGraphs() => new("--graphs")
    {
        Description = "On a GPU: record a network's pass and replay it, for less work of the host; it holds the memory of a pass more.",
    };

    private static Option<string> CreatePrecision(string description, params IEnumerable<Precision> choices)
    {
        string[] names = [.. choices.Select(p => p.Name())];
        return new Option<string>("--precision")
        {
            Description = description,
            HelpName = string.Join('|', names),
            DefaultValueFactory = _ => names[0],
        }.OneOf(names);
    }

    /// <summary>The device that a command line names, in the precision that it names.</summary>
    /// <exception cref="InputException">There is no such device, or it cannot be used, or not in that precision.</exception>
    public static IDevice Open(ParseResult parsed, Option<string> device, Option<string> precision, Option<bool>? graphs = null)
    {
        string name = parsed.GetRequiredValue(device);
        bool records = graphs is not null && parsed.GetValue(graphs);
        if (records)
            parsed.RefuseUseless(graphs!, name == "cpu", "the processor computes while it launches, so that there is nothing to replay");
        return Open(name, PrecisionOf(parsed, precision), records);
    }

    /// <summary>The precision that a command line names.</summary>
    public static Precision PrecisionOf(ParseResult parsed, Option<string> precision) =>
        Enum.Parse<Precision>(parsed.GetRequiredValue(precision), ignoreCase: true);

    /// <summary>The device of a name.</summary>
    /// <exception cref="InputException">There is no such device, or it cannot be used, or not in that precision.</exception>
    public static IDevice Open(string name, Precision precision = Precision.Fp32, bool graphs = false)
    {
        try
        {
#if GPU
            name = Chosen(name);
            return name == "cpu" ? CpuDevice.Of(precision) : GpuDevices.Open(name, precision, graphs: graphs);
#else
            return name is "cpu" or "auto"
                ? CpuDevice.Of(precision)
                : throw new ArgumentException(
                    $"there is no device '{name}' in a native program, which computes on the processor alone: use the tool or the one file");
#endif
        }
        catch (Exception e) when (e is ArgumentException or PlatformNotSupportedException)
        {
            // So, too, where the environment asks for an instruction set that does not exist here.
            throw new InputException(name is "cpu" or "auto" ? e.Message : $"{e.Message} (ssp devices lists what there is)");
        }
    }

    /// <summary>What a device can do at best; measured, which takes seconds, once.</summary>
    /// <param name="device">One that <see cref="Open(string, Precision, bool)"/> gave.</param>
    /// <param name="quick">Shorter, for tests.</param>
    public static IRoof RoofOf(IDevice device, bool quick = false)
    {
        if (!_roofs.TryGetValue(device, out IRoof? roof))
            _roofs[device] = roof = Measure(device, quick);
        return roof;
    }

#if GPU
    private static string Chosen(string name) =>
        name == "auto" || (MpiCollective.StartedRanks > 1 && name is "cuda" or "opencl") ? Chosen(name, GpuDevices.All, MpiCollective.StartedLocalRank) : name;
#endif

    /// <summary>The device that one of several ranks on a machine takes: another each, while there are enough of the first one's kind.</summary>
    /// <param name="name"><c>auto</c>, <c>cuda</c> or <c>opencl</c>.</param>
    /// <param name="all">What there is.</param>
    /// <param name="localRank">Which of the machine's ranks it is.</param>
    internal static string Chosen(string name, IReadOnlyList<GpuDeviceInfo> all, int localRank)
    {
        GpuDeviceInfo[] usable = [.. all.Where(d => d.WhyNot is null && (name == "auto" ? d.IsGpu : KindOf(d) == name))];
        if (usable.Length == 0)
            return name == "auto" ? "cpu" : name;
        GpuDeviceInfo[] alike = [.. usable.Where(d => (d.Hardware, KindOf(d)) == (usable[0].Hardware, KindOf(usable[0])))];
        return alike[localRank % alike.Length].Name;

        static string KindOf(GpuDeviceInfo device) => device.Name.Split(':')[0];
    }

    private static IRoof Measure(IDevice device, bool quick)
    {
#if GPU
        if (device is GpuDevice gpu)
        {
            var roof = GpuRoof.Measure(gpu, quick);
            return new DeviceRoof(roof.Flops, roof.BytesPerSecond, roof.LaunchSeconds);
        }
#endif
        return RoofMeasurement.Measure(quick);
    }
}
