using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SspNative.Tests.Support;

/// <summary>A headless Chromium with one page, driven by its debugging protocol.</summary>
internal sealed class Browser : IDisposable
{
    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly TemporaryFolder _profile = new();
    private int _calls;

    private Browser(string program, string[] options)
    {
        var start = new ProcessStartInfo(
            program,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
                "--hide-scrollbars", "--window-size=1000,1400", $"--user-data-dir={_profile["profile"]}", .. options, "about:blank",
            ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
    }

    /// <summary>The browser of this machine; null where there is none.</summary>
    public static string? Program => Programs.Find("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

    /// <summary>Starts a browser and opens a page.</summary>
    public static async Task<Browser> Open(Uri page, params string[] options)
    {
        var browser = new Browser(Program!, options);
        try
        {
            await browser.Connect();
            await browser.Call("Page.enable", []);
            await browser.Call("Page.navigate", new JsonObject { ["url"] = page.AbsoluteUri });
            await browser.Until("document.readyState === 'complete'");
            return browser;
        }
        catch
        {
            browser.Dispose();
            throw;
        }
    }

    /// <summary>The value of an expression of JavaScript, which may be a promise.</summary>
    public async Task<JsonNode?> Eval(string expression)
    {
        JsonNode answer = await Call(
            "Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        if (answer["exceptionDetails"] is { } thrown)
            throw new InvalidOperationException($"{expression}: {thrown.ToJsonString()}");
        return answer["result"]?["value"];
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task Until(string expression)
    {
        for (var watch = Stopwatch.StartNew(); (await Eval(expression))?.GetValue<bool>() != true; await Task.Delay(50))
            if (watch.Elapsed > TimeSpan.FromSeconds(30))
                throw new TimeoutException($"{expression} did not become true");
    }

    /// <summary>Presses the left button in the middle of an element, or at a share of its width.</summary>
    public async Task Click(string selector, double share = 0.5)
    {
        JsonArray box = (await Eval(
            $"(() => {{ const e = document.querySelector({JsonSerializer.Serialize(selector)}); e.scrollIntoView({{block: 'center'}}); "
            + "const b = e.getBoundingClientRect(); "
            + $"return [b.left + b.width * {share.ToString(System.Globalization.CultureInfo.InvariantCulture)}, b.top + b.height / 2]; }})()"))!.AsArray();
        foreach (string type in (string[])["mousePressed", "mouseReleased"])
            await Call(
                "Input.dispatchMouseEvent", new JsonObject
                {
                    ["type"] = type,
                    ["x"] = box[0]!.GetValue<double>(),
                    ["y"] = box[1]!.GetValue<double>(),
                    ["button"] = "left",
                    ["clickCount"] = 1,
                });
    }

    public void Dispose()
    {
        _socket.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _profile.Dispose();
    }

    // The first line of its errors names the address of the browser; its page has one of its own.
    private async Task Connect()
    {
        const string Announcement = "DevTools listening on ";
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string? line;
        do
            line = await _process.StandardError.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("the browser ended");
        while (!line.StartsWith(Announcement, StringComparison.Ordinal));
        _ = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var address = new Uri(line[Announcement.Length..]);
        using var http = new HttpClient();
        JsonArray pages = JsonNode.Parse(await http.GetStringAsync($"http://{address.Authority}/json/list", patience.Token))!.AsArray();
        JsonNode page = pages.First(p => p!["type"]!.GetValue<string>() == "page")!;
        await _socket.ConnectAsync(new Uri(page["webSocketDebuggerUrl"]!.GetValue<string>()), patience.Token);
    }

    private async Task<JsonNode> Call(string method, JsonObject parameters)
    {
        int id = ++_calls;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(call), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            JsonNode answer = JsonNode.Parse(await Receive(patience.Token))!;
            if (answer["id"]?.GetValue<int>() == id)
                return answer["error"] is { } error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : answer["result"]!;
        }
    }

    private async Task<byte[]> Receive(CancellationToken stop)
    {
        using var message = new MemoryStream();
        byte[] block = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(block, stop);
            message.Write(block, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return message.ToArray();
    }
}
