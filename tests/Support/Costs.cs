using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace SspNative.Tests.Support;

/// <summary>
/// What a small input may cost: 2 s and 64 MB. Where the system tells it, the seconds are those that the thread worked: others may take the processor.
/// </summary>
internal static class Costs
{
    private const double MostSeconds = 2;
    private const string ThreadTimes = "/proc/thread-self/schedstat"; // nanoseconds on a processor, waiting for one, turns
    private const long MostBytes = 64 << 20;

    /// <summary>Runs an action within the bounds; returns what it returns.</summary>
    public static T Within<T>(Func<T> action)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        double start = Seconds();
        T result = action();
        double took = Seconds() - start;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(took < MostSeconds, $"took {took:0.0} s");
        Assert.True(allocated < MostBytes, $"allocated {allocated >> 20} MB");
        return result;
    }

    private static double Seconds() => File.Exists(ThreadTimes)
        ? double.Parse(File.ReadAllText(ThreadTimes).Split(' ')[0], CultureInfo.InvariantCulture) / 1e9
        : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    /// <summary>The one line of the error that an action ends in, within the bounds.</summary>
    public static string ErrorWithin<TException>(Action action)
        where TException : Exception
    {
        string message = Within(() => Assert.Throws<TException>(action)).Message;
        Assert.DoesNotContain('\n', message);
        Assert.True(message.Length < 1000, $"a message of {message.Length} characters");
        return message;
    }
}
