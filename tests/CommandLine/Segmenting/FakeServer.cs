using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace SspNative.Tests.CommandLine.Segmenting;

/// <summary>A language model's server on this machine that answers as it is told and remembers what it was asked.</summary>
internal sealed class FakeServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<string, (int Status, string Body)> _answer;

    /// <param name="answer">From a request's body to the status and body of the answer.</param>
    public FakeServer(Func<string, (int Status, string Body)> answer)
    {
        _answer = answer;
        int port = FreePort();
        Url = $"http://127.0.0.1:{port}/v1";
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public string Url { get; }

    /// <summary>Seconds that it asks clients to wait, with every answer; null asks for none.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Method, path and body of each request.</summary>
    public List<(string Method, string Path, string Body)> Requests { get; } = [];

    /// <summary>A server that answers the first turn of a conversation with one text and the second with another.</summary>
    public static FakeServer Answering(string first, string second) =>
        new(body => (200, Completion(body.Contains("\"assistant\"", StringComparison.Ordinal) ? second : first)));

    /// <summary>What a server sends for an answer.</summary>
    public static string Completion(string text) =>
        "{\"id\":\"1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
        + $"\"{JsonEncodedText.Encode(text)}\"" + "},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}";

    /// <summary>A port at which nobody listens.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            string body = await reader.ReadToEndAsync();
            lock (Requests)
                Requests.Add((context.Request.HttpMethod, context.Request.Url!.AbsolutePath, body));
            (int status, string answer) = _answer(body);
            byte[] bytes = Encoding.UTF8.GetBytes(answer);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            if (RetryAfter is { } seconds)
                context.Response.Headers["Retry-After"] = $"{seconds}";
            await context.Response.OutputStream.WriteAsync(bytes);
            context.Response.Close();
        }
    }
}
