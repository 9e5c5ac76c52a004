using System.Text.Json.Nodes;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;

namespace SspNative.Peers;

/// <summary>
/// Answers requests, one JSON object a line, until standard input ends: <c>hello</c>, <c>prepare</c>, <c>run</c>, <c>memory</c>, <c>processor</c>,
/// <c>outputs</c>, <c>drop</c>. Whatever else is printed goes to standard error.
/// </summary>
public static class PeerLoop
{
    private const int WarmUps = 2;

    public static void Serve(IPeerLibrary peer)
    {
        using var answers = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true, NewLine = "\n" };
        Console.SetOut(Console.Error);
        IPeerCase? prepared = null;
        try
        {
            while (Console.In.ReadLine() is { } line)
                answers.WriteLine(Answer(peer, JsonNode.Parse(line)!.AsObject(), ref prepared).ToJsonString());
        }
        finally
        {
            prepared?.Dispose();
        }
    }

    private static JsonObject Answer(IPeerLibrary peer, JsonObject request, ref IPeerCase? prepared)
    {
        (string verb, JsonNode? argument) = request.Single();
        switch (verb)
        {
            case "hello":
                return new JsonObject { ["name"] = peer.Name, ["version"] = peer.Version, ["threads"] = peer.Threads };
            case "prepare":
                Drop(ref prepared);
                try
                {
                    prepared = peer.Prepare(BenchCaseJson.Read(argument!.ToJsonString()));
                }
                catch (UnsupportedCaseException e)
                {
                    return new JsonObject { ["unsupported"] = e.Message };
                }
                // What making the case took is not the case's.
                ProcessMemory.ResetPeak();
                for (int i = 0; i < WarmUps; i++)
                    prepared.Run();
                return new JsonObject { ["ready"] = true };
            case "run":
                if (prepared is null)
                    throw new InvalidDataException("run: no case is prepared");
                var seconds = new JsonArray();
                for (int i = 0, count = argument!.GetValue<int>(); i < count; i++)
                    seconds.Add(prepared.Run());
                return new JsonObject { ["seconds"] = seconds };
            case "memory":
                return new JsonObject { ["peak_bytes"] = ProcessMemory.Peak() };
            case "processor":
                return new JsonObject { ["seconds"] = Environment.CpuUsage.TotalTime.TotalSeconds };
            case "outputs":
                return new JsonObject { ["outputs"] = new JsonArray([.. (prepared?.Outputs() ?? []).Select(o => (JsonNode)o.ToJson())]) };
            case "drop":
                Drop(ref prepared);
                return new JsonObject { ["dropped"] = true };
            default:
                throw new InvalidDataException($"unknown request {verb}");
        }
    }

    private static void Drop(ref IPeerCase? prepared)
    {
        prepared?.Dispose();
        prepared = null;
    }
}
