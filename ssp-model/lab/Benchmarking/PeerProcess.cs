using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>
/// Another implementation in a child process. It is asked in lines of JSON on its standard input and answers each with one line on its standard output:
/// hello, prepare, run, memory, processor, outputs, drop.
/// </summary>
public sealed class PeerProcess : IPeer
{
    private const int KeptErrorLines = 8;

    // A peer takes as many threads as the engine.
    private const string ThreadsVariable = "SSP_THREADS";

    private readonly Process _process;
    private readonly string _command;
    private readonly TimeSpan _timeout;
    private readonly BlockingCollection<string> _answers = [];
    private readonly ConcurrentQueue<string> _errors = new();

    /// <param name="command">A command line of the system's shell.</param>
    /// <param name="timeout">How long one answer may take; the first includes starting, and building where the command does that.</param>
    /// <exception cref="InputException">It does not start, or what it says first is not an introduction.</exception>
    public PeerProcess(string command, TimeSpan timeout)
    {
        (_command, _timeout) = (command, timeout);
        (string shell, string flag) = OperatingSystem.IsWindows() ? ("cmd.exe", "/c") : ("/bin/sh", "-c");
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(shell, [flag, command])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                Environment = { [ThreadsVariable] = CpuThreads.Count.ToString(CultureInfo.InvariantCulture) },
            },
        };
        _process.ErrorDataReceived += (_, e) => KeepError(e.Data);
        _process.OutputDataReceived += (_, e) => KeepAnswer(e.Data);
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        try
        {
            JsonObject hello = Ask(new JsonObject { ["hello"] = true });
            (Name, Version, Threads) = (Field<string>(hello, "name"), Field<string>(hello, "version"), Field<int>(hello, "threads"));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name { get; }

    public string Version { get; }

    public int Threads { get; }

    int? IPeer.Threads => Threads;

    public string Description => $"{Name} {Version} ({Threads} {(Threads == 1 ? "thread" : "threads")})";

    public string? Prepare(BenchCase work)
    {
        JsonObject answer = Ask(new JsonObject { ["prepare"] = JsonSerializer.SerializeToNode(work, BenchCaseJson.Type) });
        if (answer["unsupported"] is not null)
            return Field<string>(answer, "unsupported");
        return Field<bool>(answer, "ready") ? null : throw Broken($"is not ready for {work.Name} and does not say why");
    }

    public double[] Run(int count)
    {
        JsonObject answer = Ask(new JsonObject { ["run"] = count });
        double[] seconds = answer["seconds"] is JsonArray list ? [.. list.Select(s => Value<double>(s, "seconds"))] : [];
        if (seconds.Length != count || !seconds.All(s => double.IsFinite(s) && s >= 0))
            throw Broken($"was to give the seconds of {count} executions and gave {answer.ToJsonString()}");
        return seconds;
    }

    public long PeakBytes() => Field<long>(Ask(new JsonObject { ["memory"] = true }), "peak_bytes");

    public double ProcessorSeconds() => Field<double>(Ask(new JsonObject { ["processor"] = true }), "seconds");

    public IReadOnlyList<CaseOutput> Outputs() => Ask(new JsonObject { ["outputs"] = true })["outputs"] is JsonArray list
        ? [.. list.Select(o => CaseOutput.Read(o) ?? throw Broken("gave an output without name, shape or values"))]
        : throw Broken("gave no outputs");

    public void Drop() => Ask(new JsonObject { ["drop"] = true });

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            TryClose();
            if (!_process.WaitForExit(2000))
                _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    private JsonObject Ask(JsonObject question)
    {
        try
        {
            _process.StandardInput.WriteLine(question.ToJsonString());
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            throw Ended();
        }
        string? line = null;
        try
        {
            if (!_answers.TryTake(out line, _timeout) && !_answers.IsCompleted)
                throw Broken($"gave no answer in {_timeout.TotalSeconds:0.#} seconds to {question.ToJsonString()}");
        }
        catch (InvalidOperationException)
        {
            throw Ended();
        }
        return line is null ? throw Ended() : Parse(line);
    }

    private JsonObject Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject ?? throw Broken($"answered with {line}, which is no JSON object");
        }
        catch (JsonException)
        {
            throw Broken($"answered with {line}, which is no JSON");
        }
    }

    private T Field<T>(JsonObject answer, string name) => Value<T>(answer[name], name);

    private T Value<T>(JsonNode? node, string name) => node is JsonValue value && value.TryGetValue(out T? result)
        ? result
        : throw Broken($"gave an answer whose {name} is missing or of another type");

    private InputException Ended()
    {
        // What it wrote last may still be on the way.
        string how = _process.WaitForExit(2000) ? $"ended with exit code {_process.ExitCode}" : "closed its output";
        if (_process.HasExited)
            _process.WaitForExit();
        return Broken(how);
    }

    private InputException Broken(string problem)
    {
        string said = string.Join(" | ", _errors);
        return new InputException($"the peer `{_command}` {problem}{(said.Length > 0 ? $"; its last lines: {said}" : "")}");
    }

    private void TryClose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended meanwhile with a question unread, which is what was wanted of it.
        }
    }

    private void KeepAnswer(string? line)
    {
        if (line is null)
            _answers.CompleteAdding();
        else if (line.Length > 0)
            _answers.Add(line);
    }

    private void KeepError(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        _errors.Enqueue(line);
        while (_errors.Count > KeptErrorLines)
            _errors.TryDequeue(out _);
    }
}
