using FsCheck;
using FsCheck.Xunit;
using SspNative.Model.Pipeline;
using Xunit;

namespace SspNative.Tests.Pipeline;

public sealed class ReadAheadTests
{
    [Property(MaxTest = 50)]
    public void ItemsComeInOrder(int[] items, PositiveInt ahead)
    {
        using var read = new ReadAhead<int>(items, ahead.Get);
        Assert.Equal(items, read.Items());
    }

    [Fact]
    public void SoManyAreMadeBeforeTheyAreAskedForAndNoMore()
    {
        int made = 0;
        using var read = new ReadAhead<int>(Enumerable.Range(0, 10).Select(i => Interlocked.Increment(ref made)), 2);
        Reaches(2);
        using IEnumerator<int> items = read.Items().GetEnumerator();
        items.MoveNext();
        Reaches(3);
        items.MoveNext();
        items.MoveNext();
        Reaches(5);

        void Reaches(int count)
        {
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref made) == count, TimeSpan.FromSeconds(20)));
            Thread.Sleep(30);
            Assert.Equal(count, Volatile.Read(ref made));
        }
    }

    [Fact]
    public void AnErrorIsThrownWhenItsTurnComes()
    {
        using var read = new ReadAhead<int>(Enumerable.Range(0, 5).Select(i => i < 3 ? i : throw new InvalidDataException("the fourth")), 4);
        using IEnumerator<int> items = read.Items().GetEnumerator();
        for (int i = 0; i < 3; i++)
            Assert.True(items.MoveNext());
        Assert.Equal("the fourth", Assert.Throws<InvalidDataException>(() => items.MoveNext()).Message);
    }

    [Fact]
    public void WhoeverHasEnoughEndsTheSource()
    {
        bool ended = false;
        using (var read = new ReadAhead<int>(Source(), 1))
            Assert.Equal(0, read.Items().First());
        Assert.True(ended);
        // What nobody took may have failed.
        new ReadAhead<int>(Enumerable.Range(0, 3).Select<int, int>(_ => throw new InvalidDataException("nobody asked")), 1).Dispose();

        IEnumerable<int> Source()
        {
            try
            {
                for (int i = 0; ; i++)
                    yield return i;
            }
            finally
            {
                ended = true;
            }
        }
    }

    [Fact]
    public void TheTimeThatAStageWaitsForAnotherIsTheOthers()
    {
        var clock = new StageClock((_, _, _) => { });
        StageTimer decode = clock.Start("decode", 3);
        int sum = clock.Run("flow", 1, step => decode.Steps(Slowly()).Sum());
        Assert.Equal(6, sum);
        Assert.Equal(["decode", "flow"], clock.Times.Select(t => t.Stage));
        Assert.InRange(clock.Times[0].Seconds, 0.3, 10);
        Assert.InRange(clock.Times[1].Seconds, 0, 0.25);

        static IEnumerable<int> Slowly()
        {
            for (int i = 1; i <= 3; i++)
            {
                Thread.Sleep(100);
                yield return i;
            }
        }
    }
}
