using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Gpu;

namespace SspNative.Cli;

/// <summary><c>ssp devices</c>: where a model can be computed on this machine, and why some of it cannot be used.</summary>
internal static class DevicesCommand
{
    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of lines." };
        var command = new Verb("devices", "Lists the processor and the GPUs that this machine has.", "ssp devices", "ssp devices --json > devices.json") { json };
        command.SetAction(parsed =>
        {
            Write(parsed.InvocationConfiguration.Output, parsed.GetValue(json));
            return SspCommandLine.Success;
        });
        return command;
    }

    private static void Write(TextWriter output, bool json)
    {
        IReadOnlyList<GpuDeviceInfo> gpus = GpuDevices.All;
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new { Cpu = CpuDevice.Default.Description, Gpus = gpus }, _json));
            return;
        }
        output.WriteLine(CpuDevice.Default.Description);
        foreach (GpuDeviceInfo gpu in gpus)
        {
            output.WriteLine(
                $"{gpu.Name}  {PlainText.Of(gpu.Hardware)} ({PlainText.Of(gpu.Driver)}): {Gigabytes(gpu.MemoryBytes)} GB, {gpu.Multiprocessors} multiprocessors, "
                + $"{gpu.SharedBytes >> 10} KB shared{string.Concat(gpu.Capabilities.Select(c => ", " + c))}{(gpu.IsGpu ? "" : "; a processor, used only when asked for")}");
            if (gpu.WhyNot is not null)
                output.WriteLine($"  cannot be used: {gpu.WhyNot}");
        }
        if (gpus.Count == 0)
            output.WriteLine("no GPU: no driver of CUDA or OpenCL was found, or it shows no device");
    }

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture);
}
