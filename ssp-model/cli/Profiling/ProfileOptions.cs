using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Engine.Storage;
using SspNative.Kernels;
using SspNative.Lab.Benchmarking;

namespace SspNative.Cli.Profiling;

/// <summary>The options of <c>ssp profile</c>'s verbs, and the profiled run.</summary>
internal sealed class ProfileOptions
{
    private readonly Option<string> _trace = new("--trace")
    {
        Description = "A file for Perfetto or chrome://tracing: every span on its thread, and the memory of tensors.",
        HelpName = "FILE.json",
    };

    private readonly Option<string> _calls = new("--calls")
    {
        Description = "A file for every call of a kernel: its fields, the module that launched it, its time. ssp bench kernels --calls replays it.",
        HelpName = "FILE.json",
    };

    private readonly Option<bool> _checkFinite = new("--check-finite")
    {
        Description = "Stop at the first kernel that makes a number which is not finite, and name it.",
    };
    private readonly OutputFiles _files = new();

    private readonly Option<bool> _json = new("--json") { Description = "Print the profile as one JSON document instead of tables." };

    private readonly Option<bool> _warmUp = new("--warm-up")
    {
        Description = "Run everything once before, unprofiled: then no time goes into compiling code.",
    };

    /// <summary>The output option of a profiled verb: what it writes goes to a folder that is deleted, unless one is given.</summary>
    public Option<string> Out { get; } = new("--out")
    {
        Description = "The folder for what the profiled command writes. Default: nothing is kept.",
        HelpName = "DIR",
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(Out);
        command.Add(_warmUp);
        command.Add(_trace);
        command.Add(_calls);
        command.Add(_checkFinite);
        command.Add(_files.Overwrite);
        command.Add(_json);
    }

    /// <summary>Runs work on a device that is profiled and shows what it took.</summary>
    /// <param name="work">Given the device and the folder to write to.</param>
    /// <exception cref="InputException">The trace cannot be written where it is wanted.</exception>
    public int Run(ParseResult parsed, IDevice device, Action<IDevice, string> work)
    {
        string? trace = parsed.GetValue(_trace), calls = parsed.GetValue(_calls);
        RequireFile(trace, "trace");
        RequireFile(calls, "recording");
        parsed.RefuseUseless(_files.Overwrite, trace is null && calls is null, "only --trace and --calls write files that may exist");
        if (trace is not null)
            _files.Require(parsed, _trace, [trace]);
        if (calls is not null)
            _files.Require(parsed, _calls, [calls], trace is null ? [] : [trace]);
        if (parsed.GetValue(_warmUp))
            WithTemporaryFolder(folder => work(device, folder));
        using var profiler = new Profiler();
        var recorder = new CallRecorder();
        using (parsed.GetValue(_checkFinite) ? device.Observe(new NonFiniteObserver()) : null)
        using (calls is null ? null : device.Observe(recorder))
        using (profiler.Watch(device))
        {
            if (parsed.GetValue(Out) is { } kept)
                work(device, kept);
            else
                WithTemporaryFolder(folder => work(device, folder));
        }
        profiler.Stop();
        parsed.Stop().ThrowIfCancellationRequested();
        if (trace is not null)
            AtomicFile.Write(trace, file => ChromeTrace.Write(profiler, file));
        if (calls is not null)
            AtomicFile.Write(calls, file => new CallLog(device.Description, recorder.Calls).Write(file));
        IRoof roof = DeviceOption.RoofOf(device);
        ProfileReport report = ProfileReport.From(profiler, (flops, bytes) => roof.LeastTime(flops, bytes).Seconds);
        ProfileTables.Show(report, roof, parsed.GetValue(_json), parsed.InvocationConfiguration.Output);
        return ExitCodes.Success;
    }

    private static void RequireFile(string? path, string what)
    {
        if (path is not null && (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path)))))
            throw new InputException($"{path}: the {what} cannot be written there; it must be a file in a folder that exists");
    }

    private static void WithTemporaryFolder(Action<string> work)
    {
        string folder = Directory.CreateTempSubdirectory("ssp-profile-").FullName;
        try
        {
            work(Path.Combine(folder, "out"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
