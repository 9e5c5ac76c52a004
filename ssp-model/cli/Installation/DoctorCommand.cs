using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using SspNative.Cli.Parsing;
using SspNative.Cli.Segmenting;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Kernels;
using SspNative.Model.Media;

namespace SspNative.Cli.Installation;

/// <summary><c>ssp doctor</c>: what of all that the program can use is there, and what to do about the rest.</summary>
internal static class DoctorCommand
{
    /// <summary>What a full-size model takes while it segments, in bytes.</summary>
    private const long ComfortableMemory = 2L << 30;

    /// <summary>What frames of a long clip take on the disk for a while, in bytes.</summary>
    private const long ComfortableDisk = 1L << 30;

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of lines." };
        var command = new Verb(
            "doctor", "Says what the program finds on this machine, and what to do about what is missing.", "ssp doctor", "ssp doctor --json") { json };
        command.SetAction(parsed =>
        {
            Finding[] findings = [.. Examine()];
            if (parsed.GetValue(json))
                parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(findings, FindingContext.Default.FindingArray));
            else
                Write(Output.Lines(parsed.InvocationConfiguration.Output), findings, Output.Width(parsed.InvocationConfiguration.Output));
            return findings.All(f => f.IsFine) ? ExitCodes.Success : ExitCodes.Failure;
        });
        return command;
    }

    private static void Write(IAnsiConsole console, Finding[] findings, int width)
    {
        const string indent = "  ";
        int column = indent.Length + findings.Max(f => f.What.Length) + 2;
        bool isNarrow = width - column < WrappedText.Readable;
        if (isNarrow)
            column = indent.Length;
        foreach (Finding finding in findings)
        {
            console.Write(new Text(finding.IsFine ? "✓ " : "✗ ", new Style(finding.IsFine ? Color.Green : Color.Red)));
            string begin = isNarrow ? "" : finding.What.PadRight(column - indent.Length);
            string found = isNarrow ? $"{finding.What}: {finding.Found}" : finding.Found;
            foreach (string line in WrappedText.Lines(found, width - column).Concat(WrappedText.Lines(finding.Advice ?? "", width - column)))
            {
                console.WriteLine(begin + line);
                begin = new string(' ', column);
            }
        }
    }

    private static IEnumerable<Finding> Examine()
    {
        string version = typeof(DoctorCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        yield return new Finding("ssp", true, $"{version.Split('+')[0]} on {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}");
        DeviceList devices = DevicesCommand.Find();
        yield return new Finding("processor", true, $"{devices.Cpu}");
        foreach (GpuDeviceInfo gpu in devices.Gpus)
            yield return new Finding(gpu.Name, gpu.WhyNot is null, $"{gpu.Hardware} ({gpu.Driver})", gpu.WhyNot);
        if (devices.Gpus.Count == 0)
            yield return new Finding("GPU", true, "none; the processor computes");
        yield return Memory();
        yield return Temporary();
        yield return Cache();
        foreach (string program in (string[])["ffmpeg", "ffprobe"])
            yield return Program(program);
        yield return Mpi();
        foreach (string task in (string[])["avs", "avss"])
            yield return Model(task);
    }

    // Whoever works on one machine alone misses nothing.
    private static Finding Mpi()
    {
        (bool isThere, string line) = MpiCollective.Find();
        return new Finding("MPI", true, isThere ? line : "none; one process trains alone", isThere ? null : $"several train together with it: {line}");
    }

    private static Finding Memory()
    {
        long bytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new Finding(
            "memory", bytes >= ComfortableMemory, $"{Gigabytes(bytes)} may be used",
            bytes >= ComfortableMemory ? null : "the full model takes up to 2 GB; the bundled models take 0.1 GB");
    }

    private static Finding Temporary()
    {
        string folder = Path.GetTempPath();
        try
        {
            string file = Path.Combine(folder, $"ssp-{Guid.NewGuid():N}.tmp");
            File.WriteAllText(file, "");
            File.Delete(file);
            long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            return new Finding(
                "temporary files", free >= ComfortableDisk, $"{Gigabytes(free)} free in {folder}",
                free >= ComfortableDisk ? null : "long clips need more; TMPDIR=FOLDER takes another folder");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Finding("temporary files", false, $"{folder} cannot be written: {e.Message}", "TMPDIR=FOLDER takes another folder");
        }
    }

    // What language models answered about clips.
    private static Finding Cache()
    {
        if (PromptServer.UsualFolder() is not { } folder)
            return new Finding("cache", false, "this account has no folder for caches", "--prompts-cache DIR takes another folder, none does without");
        try
        {
            FileInfo[] files = Directory.Exists(folder) ? new DirectoryInfo(folder).GetFiles("*", SearchOption.AllDirectories) : [];
            string held = files.Length == 0
                ? "empty"
                : string.Create(CultureInfo.InvariantCulture, $"{Output.Count(files.Length, "file")}, {files.Sum(f => f.Length) / 1e6:0.0} MB");
            return new Finding("cache", true, $"{held}; answers of language models lie in {folder}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Finding("cache", false, $"{folder} cannot be read: {e.Message}", "--prompts-cache DIR takes another folder, none does without");
        }
    }

    private static Finding Program(string name)
    {
        try
        {
            return new Finding(name, true, FfmpegMedia.VersionOf(name));
        }
        catch (InputException)
        {
            return new Finding(
                name, false, "not found, or it does not answer",
                "videos need it: apt install ffmpeg, brew install ffmpeg or winget install ffmpeg; folders with frames/ and audio.wav work without");
        }
    }

    private static Finding Model(string task)
    {
        try
        {
            return new Finding($"model for {task}", true, BundledModel.Weights(task));
        }
        catch (InputException e)
        {
            return new Finding($"model for {task}", false, e.Message, "install the program again");
        }
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}

/// <summary>One thing that <c>ssp doctor</c> looked for.</summary>
/// <param name="What">Its name.</param>
/// <param name="IsFine">Whether it is as it should be.</param>
/// <param name="Found">What is there.</param>
/// <param name="Advice">What to do; null where nothing is.</param>
internal sealed record Finding(string What, bool IsFine, string Found, string? Advice = null);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Finding[]))]
internal sealed partial class FindingContext : JsonSerializerContext;
