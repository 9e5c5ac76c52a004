using System.Globalization;

namespace SspNative.Cli.Terminal;

/// <summary>Hands on whole lines.</summary>
internal sealed class LineWriter(Action<string> write) : StringWriter(CultureInfo.InvariantCulture)
{
    private readonly Lock _lock = new();

    public override void Write(char value)
    {
        lock (_lock)
        {
            if (value != '\n')
            {
                base.Write(value);
                return;
            }
            Flush();
        }
    }

    public override void Write(string? value)
    {
        foreach (char c in value ?? "")
            Write(c);
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Flush()
    {
        lock (_lock)
        {
            string line = GetStringBuilder().ToString().TrimEnd('\r');
            GetStringBuilder().Clear();
            if (line.Length > 0)
                write(line);
        }
    }
}
