using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;

#if GPU
using SspNative.Kernels.Gpu;
#endif

namespace SspNative.Cli.Installation;

/// <summary><c>ssp devices</c>: where a model can be computed on this machine, and why some of it cannot be used.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of lines." };
        var command = new Verb("devices", "Lists the processor and the GPUs that this machine has.", "ssp devices", "ssp devices --json > devices.json")
        {
            json,
        };
        command.SetAction(parsed =>
        {
            Write(parsed.InvocationConfiguration.Output, parsed.GetValue(json));
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Write(TextWriter output, bool json)
    {
        DeviceList list = Find();
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(list, DeviceListContext.Default.DeviceList));
            return;
        }
        output.WriteLine(list.Cpu);
        foreach (GpuDeviceInfo gpu in list.Gpus)
        {
            string use = gpu.IsGpu ? "" : "; a processor, used only when asked for";
            output.WriteLine(PlainText.Of(string.Create(
                CultureInfo.InvariantCulture,
                $"{gpu.Name}  {gpu.Hardware} ({gpu.Driver}): {gpu.MemoryBytes / 1e9:0.0} GB, {gpu.Multiprocessors} multiprocessors, "
                + $"{gpu.SharedBytes >> 10} KB shared{string.Concat(gpu.Capabilities.Select(c => ", " + c))}{use}")));
            if (gpu.WhyNot is not null)
                output.WriteLine($"  cannot be used: {gpu.WhyNot}");
        }
        if (list.Gpus.Count == 0)
            output.WriteLine(list.Note);
    }

    /// <summary>What this machine has.</summary>
    internal static DeviceList Find()
    {
#if GPU
        IReadOnlyList<GpuDeviceInfo> gpus = GpuDevices.All;
        return new DeviceList(
            CpuDevice.Default.Description, gpus, gpus.Count > 0 ? null : "no GPU: no driver of CUDA or OpenCL was found, or it shows no device");
#else
        return new DeviceList(CpuDevice.Default.Description, [], "no GPU: a native program computes on the processor alone");
#endif
    }
}

/// <summary>What <c>ssp devices</c> tells.</summary>
internal sealed record DeviceList(string Cpu, IReadOnlyList<GpuDeviceInfo> Gpus, string? Note);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeviceList))]
internal sealed partial class DeviceListContext : JsonSerializerContext;
