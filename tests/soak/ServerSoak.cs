using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SspNative.Soak;

/// <summary>Many clips through one <c>ssp serve</c>, posted by two clients, malformed requests among them.</summary>
internal static class ServerSoak
{
    private static readonly string[] _files = ["masks/0000.png", "overlay/0000.png", "pre-mask/0000.png", "coco.json", "timeline.csv"];

    /// <param name="kinds">The clips, which are files.</param>
    /// <param name="count">How many.</param>
    public static async Task<SoakRun> Run(IReadOnlyList<ClipKind> kinds, int count)
    {
        var run = new SoakRun("server", kinds);
        int port = FreePort();
        // The clips of one round are kept: after each round the same.
        using Process server = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "ssp.dll"), "serve", "--port", $"{port}", "--max-size", "1", "--max-time", "86400",
                "--keep", $"{kinds.Count + 1}",
            ])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            if (await server.StandardOutput.ReadLineAsync() is not { } home || !home.StartsWith("http", StringComparison.Ordinal))
                throw new InvalidOperationException("the server did not start");
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Timeout.InfiniteTimeSpan };
            client.DefaultRequestHeaders.ConnectionClose = true;
            for (int done = 0; done < count; done += kinds.Count + 1)
            {
                ClipKind[] round = [.. kinds.Take(count - done - 1)];
                await Task.WhenAll(Post(round.Where((_, i) => i % 2 == 0)), Post(round.Where((_, i) => i % 2 == 1)), Malformed(port, run));
                await Post([kinds[0]]);
                run.Sample(server.Id);
            }

            async Task Post(IEnumerable<ClipKind> clips)
            {
                foreach (ClipKind kind in clips)
                {
                    (string? result, string message) = await Segment(client, kind);
                    run.Add(kind, result, message);
                }
            }
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
            await server.WaitForExitAsync();
        }
        run.End();
        return run;
    }

    private static async Task<(string? Result, string Message)> Segment(HttpClient client, ClipKind kind)
    {
        using var body = new ByteArrayContent(await File.ReadAllBytesAsync(kind.Path));
        using HttpResponseMessage posted = await client.PostAsync(
            new Uri($"/clips?name={Uri.EscapeDataString(Path.GetFileName(kind.Path))}", UriKind.Relative), body);
        if (!posted.IsSuccessStatusCode)
            return (null, $"{(int)posted.StatusCode} {await posted.Content.ReadAsStringAsync()}");
        string id = (await posted.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        while (true)
        {
            JsonNode state = (await client.GetFromJsonAsync<JsonNode>($"/clips/{id}"))!;
            switch (state["state"]!.GetValue<string>())
            {
                case "failed":
                    return (null, state["error"]!.GetValue<string>());
                case "done":
                    return (await Hash(client, state["page"]!.GetValue<string>()), "");
            }
            await Task.Delay(10);
        }
    }

    private static async Task<string> Hash(HttpClient client, string page)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in _files)
            hash.AppendData(await client.GetByteArrayAsync(page + file));
        if (!(await client.GetStringAsync(page)).Contains("</html>", StringComparison.Ordinal))
            throw new InvalidOperationException("the page is not whole");
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Requests that are refused, and ones that break off.
    private static async Task Malformed(int port, SoakRun run)
    {
        string host = $"Host: 127.0.0.1:{port}\r\n";
        (string Request, string Answer)[] requests =
        [
            ($"GET /clips/0123 HTTP/1.1\r\n{host}Connection: close\r\n\r\n", "404"),
            ($"GET /clips/../../etc/passwd HTTP/1.1\r\n{host}Connection: close\r\n\r\n", "404"),
            ($"DELETE /clips HTTP/1.1\r\n{host}Connection: close\r\n\r\n", "405"),
            ("GET / HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n", "404"),
            ($"POST /clips HTTP/1.1\r\n{host}Content-Length: 0\r\nConnection: close\r\n\r\n", "400"),
            ($"POST /clips HTTP/1.1\r\n{host}Content-Length: 99999999999\r\nConnection: close\r\n\r\n", "413"),
            ("no request at all\r\n\r\n", "400"),
            ($"POST /clips HTTP/1.1\r\n{host}Content-Length: 1000\r\nConnection: close\r\n\r\ncut", ""),
        ];
        foreach ((string request, string answer) in requests)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, port);
            NetworkStream stream = socket.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
            if (answer.Length == 0)
                continue;
            using var reader = new StreamReader(stream);
            string? line = await reader.ReadLineAsync();
            if (line is null || !line.Contains($" {answer}", StringComparison.Ordinal))
                run.Fault($"{request.Split('\r')[0]}: answered {line}, not {answer}");
        }
    }

    private static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }
}
